/*
 * The tests of the original's core, at its first and its last commit, and where they are here. What has no test below or
 * beside the file that is named makes no sense here; the reason is given.
 *
 * | test of the original | here |
 * | --- | --- |
 * | retry_succeeds_before_max_attempts, retry_raises_after_exhaustion | event_errors_test: "A retry that ends well …", "When all tries have failed …" |
 * | context_submit_records_and_delegates, context_submit_does_not_record_rejected_events | event_context_test: "context.submit() says how many …"; event_errors_test: "A context is closed …" |
 * | done_callback_marks_done_and_wakes_dispatcher | below: 1 |
 * | inbox_scheduling_concurrency_one, inbox_single_active_execution_model | event_pipeline_test: "A processor is at work on one event at a time …" |
 * | inbox_take_event_empty_raises | an inbox is no public thing, and is taken from only when it has work: ready_queue_test |
 * | pipeline_respects_processor_priority_order, pipeline_fifo_within_equal_priority, multi_worker_priority_band_fifo_is_stable | event_pipeline_test: "The lower priority goes first", "Equal priorities …"; below: 2 |
 * | pipeline_interest_inference_and_submit_routing, infer_interests_match_or_routing, infer_interests_handles_multiple_and_nested_match_blocks | match_test, interests_test; below: 3. Patterns are data: there is no source to read interests from, so none is missed |
 * | dynamic_processor_without_source_uses_generic_interest_and_signature | the same; below: 3. Caches of functions without a source: code_version_test |
 * | strict_interest_matches_event_subclasses | event_pipeline_test: "An event of a kind that refines another …"; strict: pattern_problems_test |
 * | pipeline_execute_events_processes_ready_processors, run_processes_buffered_events_without_dispatcher | event_pipeline_test: "What was submitted before a run …" |
 * | pipeline_run_emits_phase_events, pipeline_run_fixed_point_stops_after_single_phase_…, …_advances_until_phase_generated_work_stops | event_pipeline_test: "A run without work …", "Phases go on while …" |
 * | phase_loop_ignores_concurrent_external_submissions | event_outside_test: "What comes from outside during a phase …": they wait, and are not lost |
 * | pipeline_sets_fatal_error_on_stale_ready_entry | entries cannot be stale: ready_queue_test |
 * | pipeline_run_surfaces_processor_exception, wait_unblocks_promptly_on_internal_fatal_error | event_errors_test: "An error of a processor ends the run …", "After an error nothing is started …" |
 * | pipeline_empty_processors_runs_with_default_worker_count, pipeline_rejects_nonpositive_max_workers | event_pipeline_test: "A pipeline without processors runs"; check_processors_test |
 * | context_blocks_late_submission_after_task_completion | event_errors_test: "A context is closed when its handler has ended …" |
 * | context_blocks_cross_thread_submission_while_task_active | there is one thread; below: 4 |
 * | context_submit_from_worker_chains_downstream_work | event_pipeline_test: "What was submitted before a run …" |
 * | context_submit_rejected_after_fatal_error_does_not_enqueue_downstream, decrement_is_noop_after_fatal_error_… | event_errors_test: "After an error nothing is started …", "A pipeline that failed can run again …" |
 * | external_submit_rejected_during_shutdown_without_hang, …_after_freeze_even_without_recipients | event_outside_test: "While a run ends, events from outside are refused …" |
 * | pipeline_run_handles_keyboard_interrupt, pipeline_run_handles_sigint_in_subprocess | event_cancel_test: "A run that is cancelled …"; in a process: tests/promises/event_signals_test |
 * | concurrent_first_submit_uses_single_inbox, concurrent_first_archive_open_returns_single_handle | there is one thread; event_context_test: "Each processor has an archive of its own …" |
 * | inmem_archive_iteration_survives_concurrent_mutation | event_context_test: "Each processor has an archive …" goes through keys while it sets some |
 * | pipeline_archive_options_wal_sync_threading | archives are passed in, with their options: archives_test |
 * | caching_*, retry_inside_caching_*, caching_retry_inside_wrapped_* | caching_test |
 * | custom_key_fn_drives_dedupe_collapse, default_key_fn_dedupes_by_content, pipeline_digest_uses_injected_key_fn | build_memo_test: "`key` tells inputs apart …" |
 * | timeit_logs_debug | handlers are not timed one by one: the report counts, and `performance.now()` is at hand |
 * | bfs | examples/11_breadth_first.ts |
 */
import assert from "node:assert/strict";
import {
  createEventPipeline,
  defineEvent,
  either,
  type EventContext,
  on,
  oneOf,
  Phase,
  type Processor,
  where,
} from "./mod.ts";

const Job = defineEvent<{ n: number }>("job");
const Done = defineEvent<{ n: number }>("done");

// 1
Deno.test("A handler that ends later than all others lets the run go on", async () => {
  let end = () => {};
  const seen: string[] = [];
  const pipeline = createEventPipeline([
    {
      name: "late",
      handlers: [on(Job, async ({ n }, context) => {
        await new Promise<void>((resolve) => end = resolve);
        context.submit(Done({ n }));
      })],
    },
    {
      name: "quick",
      handlers: [on(Job, ({ n }) => seen.push(`quick ${n}`)), on(Done, ({ n }) => seen.push(`done ${n}`))],
    },
  ]);
  pipeline.submit(Job({ n: 1 }));
  const running = pipeline.run().then(() => seen.push("over"));
  await Promise.resolve();
  seen.push("end it");
  end();
  await running;
  assert.deepEqual(seen, ["quick 1", "end it", "done 1", "over"]);
});

// 2
Deno.test("Work of one priority is started in the order of its age, however many are at work", async () => {
  const started: string[] = [];
  const work = (name: string, priority: number): Processor => ({
    name,
    priority,
    concurrency: 2,
    handlers: [on(Job, async ({ n }) => {
      started.push(`${name}${n}`);
      await undefined;
    })],
  });
  const pipeline = createEventPipeline([work("a", 1), work("b", 0), work("c", 1), work("d", 0)], { maxConcurrency: 3 });
  for (let n = 1; n <= 4; n++) pipeline.submit(Job({ n }));
  await pipeline.run();
  const first = ["b", "d"].flatMap((name) => [1, 2, 3, 4].map((n) => `${name}${n}`));
  assert.deepEqual(started.slice(0, 3), ["b1", "d1", "b2"]);
  assert.deepEqual(started.slice(0, 8).toSorted(), first.toSorted());
  const ages = started.slice(8).map((start) => Number(start[1]));
  assert.deepEqual(ages, ages.toSorted());
});

// 3
Deno.test("Handlers hear of what their patterns say, wherever they were made and however they are nested", async () => {
  const heard: number[] = [];
  // The source of this function is not looked at: there is no `match` in it to be found.
  const make = new Function("on", "pattern", "heard", "return on(pattern, ({ n }) => heard.push(n))");
  const nested = either(where(Job, { n: oneOf(1, oneOf(2, 3)) }), either(where(Job, { n: (n) => n > 8 }), Done));
  const pipeline = createEventPipeline([{ name: "p", handlers: [make(on, nested, heard)] }], { strict: true });
  const counts = [...Array(11).keys()].map((n) => pipeline.submit(Job({ n })));
  assert.deepEqual(counts, [0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1]);
  pipeline.submit(Done({ n: 99 }));
  await pipeline.run();
  assert.deepEqual(heard, [1, 2, 3, 9, 10, 99]);
});

// 4
Deno.test("What is emitted through the context of another handler at work is that handler's", async () => {
  let lent: EventContext | undefined;
  const { transcript } = await createEventPipeline([
    {
      name: "lender",
      handlers: [on(where(Phase, { phase: 1 }), async (_, context) => {
        lent = context;
        for (let i = 0; i < 5; i++) await undefined;
      })],
    },
    { name: "borrower", handlers: [on(where(Phase, { phase: 1 }), () => lent!.submit(Done({ n: 1 })))] },
  ]).run({ transcript: true });
  assert.deepEqual(transcript!.entries.filter(({ by }) => by !== undefined).map(({ by }) => by), ["lender"]);
});
