import type { DataFrame, Stage, StageContext, StageType } from "../pipeline/mod.ts";
import { isReplay } from "../runtime/mod.ts";
import { ofStage } from "./failures.ts";
import type { PluginManifest, ProvidedNode, ProvidedStage } from "./manifest.ts";
import { inputsOfNode, NodeStage } from "./node_stage.ts";
import { type OpenedPlugin, openerOf, type PluginRequest } from "./plugin_node.ts";
import type { PluginSession } from "./session.ts";
import type { StageSession } from "./stage_session.ts";

/**
 * The kinds of stages that a plugin brings to a pipeline: each of its stages, and each of its nodes, under names such as
 * `tinman.host/telemetry`. The plugin is loaded, checked against its grants and started when a stage is made.
 */
export function pluginStageTypes(manifest: Pick<PluginManifest, "id" | "title" | "provides">): StageType[] {
  const { nodes, stages } = manifest.provides;
  return [
    ...nodes.map((node) => typeOfNode(node, manifest)),
    ...stages.map((stage) => typeOfStage(stage, manifest.id)),
  ];
}

function typeOfNode(node: ProvidedNode, { id, title }: Pick<PluginManifest, "id" | "title">): StageType {
  const [inputs, outputs] = [Object.keys(node.in), Object.keys(node.out)];
  return {
    type: `${id}/${node.name}`,
    title: node.title ?? `${title ?? id}: ${node.name}`,
    category: inputs.length === 0 ? "source" : outputs.length === 0 ? "sink" : "plugin",
    ...{ inputs, outputs, hasOutput: outputs.length > 0, doneOnReturn: true },
    selfDriven: node.source ?? inputs.length === 0,
    parameters: node.config,
    async create(config, context) {
      const opened = await openFor(context, {
        plugin: id,
        node: node.name,
        config,
        inputs: inputsOfNode(node, context),
        outputs,
      });
      return new NodeStage({ node, opened, context });
    },
  };
}

function typeOfStage(provided: ProvidedStage, plugin: string): StageType {
  const { name, title, category, in: inputs, output, config: parameters } = provided;
  return {
    type: `${plugin}/${name}`,
    ...{ title, category, inputs: Object.keys(inputs), hasOutput: output, parameters, doneOnReturn: true },
    async create(config, context) {
      const { id, random, log } = context;
      const request = { kind: "stage" as const, plugin, node: name, config, inputs: context.inputs, outputs: [] };
      const { session, config: bound } = await openFor(context, request);
      const seed = Array.from(random.bytes(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
      const make = () => session.openStage({ stage: name, name: id, config: bound, seed }, log);
      try {
        return new FrameStage(await context.hold(make()), { make, session, context });
      } catch (error) {
        await session.close();
        throw ofStage(id, error);
      }
    },
  };
}

function openFor(context: StageContext, request: PluginRequest): Promise<OpenedPlugin> {
  const as = { kind: "stage", name: context.id } as const;
  return context.hold(openerOf(context, request.plugin)({ ...request, as, replaying: isReplay(context) }));
}

interface FrameStageOptions {
  readonly make: () => Promise<StageSession>;
  readonly session: PluginSession;
  readonly context: StageContext;
}

/** A stage of a plugin: one call over the border for each frame. */
class FrameStage implements Stage {
  readonly #options: FrameStageOptions;
  /** Undefined where it has to be made anew. */
  #stage: StageSession | undefined;

  constructor(stage: StageSession, options: FrameStageOptions) {
    [this.#stage, this.#options] = [stage, options];
  }

  get broken(): boolean {
    return this.#options.session.failure !== undefined;
  }

  process(frame: DataFrame, input: string): Promise<readonly DataFrame[]> {
    return this.#ask((stage, { pool }) => stage.process(frame, input, pool));
  }

  end(): Promise<readonly DataFrame[]> {
    return this.#ask((stage, { pool }) => stage.end(pool));
  }

  /** The plugin stays where it is: to start it takes longer than most runs. */
  reset(): void {
    // If it is gone by then, whoever asks for the next frame hears of it.
    this.#stage?.drop().catch(() => {});
    this.#stage = undefined;
  }

  close(): Promise<void> {
    return this.#options.session.close();
  }

  abandon(): void {
    void this.close();
  }

  async #ask<T>(what: (stage: StageSession, context: StageContext) => Promise<T>): Promise<T> {
    const { make, context } = this.#options;
    const answer = async () => await what(this.#stage ??= await make(), context);
    try {
      return await context.hold(answer());
    } catch (error) {
      throw ofStage(context.id, error);
    }
  }
}
