// From source the process of a plugin starts here, and not with the whole command line: 30 ms in place of 120.
import { runPluginHost } from "./plugin_host.ts";

await runPluginHost(Deno.args);
