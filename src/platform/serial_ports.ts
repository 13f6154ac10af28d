/** A port that could be opened. */
export interface Found {
  readonly address: string;
  readonly title: string;
}

const PORT = /^(ttyUSB|ttyACM|ttyAMA|ttySAC|ttyTHS|ttymxc|ttyXRUSB|rfcomm|cu\.)/;

/**
 * The serial ports of this machine. On Linux by the names that stay when a device is plugged in elsewhere
 * (`/dev/serial/by-id`), then those without such a name; on macOS `/dev/cu.*`.
 */
export async function listPorts(
  readFolder: (path: string) => Promise<readonly string[]>,
  realPath: (path: string) => Promise<string>,
): Promise<readonly Found[]> {
  const byId = await Promise.all(
    (await readFolder("/dev/serial/by-id")).map(async (name) => ({
      path: `/dev/serial/by-id/${name}`,
      device: await realPath(`/dev/serial/by-id/${name}`),
      name,
    })),
  );
  const plain = (await readFolder("/dev")).filter((name) => PORT.test(name)).map((name) => `/dev/${name}`)
    .filter((path) => !byId.some(({ device }) => device === path));
  return [
    ...byId.map(({ path, device, name }) => ({
      address: `serial:${path}`,
      title: `${name.replace(/^usb-/, "").replaceAll("_", " ")} (${device})`,
    })),
    ...plain.map((path) => ({ address: `serial:${path}`, title: path })),
  ].sort((a, b) => a.address < b.address ? -1 : 1);
}
