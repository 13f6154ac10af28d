import { type Place, placeOf, RecordState } from "./record_state.ts";
import type { Register, RegisterRules, RegisterStart } from "./register.ts";
import type { Write } from "./write.ts";

/** Each write in its register, how many records that makes, and where more than one write stands. */
export class Records {
  /** All that something speaks of, by name; those where `standing` is 0 are not there. */
  readonly states: Map<string, RecordState> = new Map();
  /** Where more than one write stands, by record. */
  readonly contested: Map<string, Map<string, Place>> = new Map();
  /** What registers have to know. */
  readonly rules: RegisterRules;
  /** How many records there are. */
  size = 0;
  /** Goes up when a record comes or goes. */
  version = 0;
  readonly #changed: (record: string) => void;

  /** `changed` is told of each record about which something changes. */
  constructor(rules: RegisterRules, changed: (record: string) => void) {
    [this.rules, this.#changed] = [rules, changed];
  }

  /** Begins with what a snapshot says of one place. */
  restore(start: RegisterStart & { readonly place: Place }): void {
    const { place, heads, past, early } = start;
    // What is to come yet keeps its place as a write does.
    this.#stateOf(place.record).writes += heads.length + past.length + Math.min(early.length, 1);
    this.#change(place, (register) => register.restore(start));
  }

  /** Takes a write that comes after all that its branch has here; does nothing with one that is not about a record. */
  add(write: Write): void {
    this.#put(write, (register) => register.add(write, this.rules));
  }

  /** Takes a write that may come before some that its branch has here. Costs what was written at its place. */
  addLate(write: Write): void {
    this.#put(write, (register) => register.rebuild(this.rules, [...register.all(), write]));
  }

  /** Takes a write out again. */
  remove(write: Write): void {
    const place = placeOf(write);
    if (place === undefined) return;
    const state = this.states.get(place.record)!;
    const register = this.#change(place, (register) => register.remove(write, this.rules));
    if (register.isEmpty) state.drop(place);
    if (--state.writes === 0) this.states.delete(state.id);
  }

  /** Finds anew what stands at a place, where something was written. */
  rebuild(place: Place): void {
    this.#change(place, (register) => register.rebuild(this.rules));
  }

  /** What was written at a place; undefined where nothing was. */
  at({ record, what, key }: Place): Register | undefined {
    return this.states.get(record)?.get(what, key);
  }

  #put(write: Write, action: (register: Register) => void): void {
    const place = placeOf(write);
    if (place === undefined) return;
    this.#stateOf(place.record).writes++;
    this.#change(place, action);
  }

  #stateOf(record: string): RecordState {
    const known = this.states.get(record);
    if (known !== undefined) return known;
    const state = new RecordState(record);
    this.states.set(record, state);
    return state;
  }

  #change(place: Place, action: (register: Register) => void): Register {
    const state = this.states.get(place.record)!;
    const register = state.at(place);
    const stood = register.heads.length > 0;
    action(register);
    if (register.heads.length > 0 !== stood) this.#stand(state, stood ? -1 : 1);
    this.#note(place, register);
    return register;
  }

  #stand(state: RecordState, step: number): void {
    const was = state.standing;
    state.standing += step;
    if ((was > 0) === (state.standing > 0)) return;
    this.size += step;
    this.version++;
  }

  #note(place: Place, register: Register): void {
    const { record, what, key } = place;
    this.#changed(record);
    const known = this.contested.get(record);
    if (known === undefined && register.heads.length < 2) return;
    const places = known ?? new Map<string, Place>();
    if (register.heads.length > 1) places.set(`${what} ${key}`, place);
    else places.delete(`${what} ${key}`);
    if (places.size > 0) this.contested.set(record, places);
    else this.contested.delete(record);
  }
}
