/**
 * Time, passed in: the contract, and a virtual clock that moves only when it is told to.
 *
 * @module
 */
export { BaseClock } from "./base.ts";
export { type Clock, msToNs, type WaitOptions } from "./clock.ts";
export { type ClockReading, type ClockStep, StepDetector } from "./step_detector.ts";
export { TimerQueue } from "./timer_queue.ts";
export { VirtualClock } from "./virtual.ts";
