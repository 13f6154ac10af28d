import type { Channel, In } from "../channel/mod.ts";
import type { Growth, Node, NodeContext } from "../runtime/mod.ts";
import type { ChangeListener } from "./change.ts";
import type { ChangePlan, Generation } from "./change_plan.ts";
import type { Connection, PipelineConfig, StageConfig } from "./config.ts";
import type { DataFrame } from "./frame.ts";
import type { MovableStage } from "./movable_stage.ts";
import type { StageObserver } from "./observer.ts";
import type { StageRegistry } from "./registry.ts";

/** A stage at work in its node. */
export interface Member {
  readonly stage: StageConfig;
  /** Empty for one that gives frames by itself. */
  readonly feeds: readonly Connection[];
  /** One for each of its feeds. */
  readonly ins: readonly In<DataFrame>[];
  readonly movable: MovableStage;
  readonly growth: Growth;
  /** It goes on in the same node. */
  readonly moveTo: (generation: Generation) => void;
}

/** What a changeover needs of who builds the graph. */
export interface ChangeoverOptions {
  readonly config: PipelineConfig;
  readonly registry: StageRegistry;
  readonly listener: ChangeListener | undefined;
  readonly observer: StageObserver;
  readonly declare: (name: string, config: PipelineConfig) => Channel<DataFrame>;
  /** A node for a stage, which makes one if there is none. */
  readonly makeNode: (stage: StageConfig, generation: Generation, movable: MovableStage | undefined) => Node;
  /** A stage without a node; `key` tells its chance from that of others. */
  readonly makeStage: (stage: StageConfig, context: NodeContext, key: string) => MovableStage;
}

/** A change whose new stages were made. */
export interface Prepared {
  readonly number: number;
  readonly plan: ChangePlan;
  readonly made: Map<string, MovableStage>;
}

/** A change under way. */
export interface Passing extends Prepared {
  /** Stages that are at work on what came before it. */
  readonly left: Set<string>;
  readonly starts: Map<string, Start>;
  readonly done: PromiseWithResolvers<void>;
}

/** A stage that does not work yet, as one of its feeds, or the one before it, has not come to the change. */
export interface Start {
  readonly stage: StageConfig;
  readonly feeds: readonly Connection[];
  readonly ins: (In<DataFrame> | undefined)[];
  readonly journal: number;
  /** Whether its stage had ended before, so that it begins anew. */
  readonly isNew: boolean;
  movable: MovableStage | undefined;
}
