/// <reference lib="dom" />
import type { Palette } from "../time/canvas.ts";

/** Meters of a degree of latitude, on a sphere with the radius of the WGS 84 ellipsoid's mean. */
const METERS = 111_195;

/** Where the map looks. */
export interface MapWindow {
  /** The middle. */
  readonly lat: number;
  readonly lon: number;
  /** Pixels of a degree of latitude. */
  readonly scale: number;
}

/** Times, latitudes and longitudes, in turns. */
export type Track = Float64Array;

/** A window that shows all of a track. */
export function windowOf(tracks: readonly Track[], width: number, height: number): MapWindow | undefined {
  let [south, north, west, east] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const track of tracks) {
    for (let i = 0; i < track.length; i += 3) {
      const [lat, lon] = [track[i + 1]!, track[i + 2]!];
      [south, north] = [Math.min(south, lat), Math.max(north, lat)];
      [west, east] = [Math.min(west, lon), Math.max(east, lon)];
    }
  }
  if (south > north) return undefined;
  const lat = (south + north) / 2;
  const squeeze = squeezeAt(lat);
  const scale = Math.min(
    height * 0.8 / Math.max(north - south, 1e-5),
    width * 0.8 / Math.max((east - west) * squeeze, 1e-5),
  );
  return { lat, lon: (west + east) / 2, scale };
}

/** Tracks whose longitudes go on beyond 180° where they cross the date line, so that no line goes round the world. */
export function unwrapped(tracks: readonly Track[]): readonly Track[] {
  let near: number | undefined;
  return tracks.map((track) => {
    if (track.length === 0) return track;
    const moved = track.slice();
    let lon = near ?? track[2]!;
    for (let i = 2; i < track.length; i += 3) {
      lon = track[i]! + Math.round((lon - track[i]!) / 360) * 360;
      moved[i] = lon;
    }
    near ??= moved[2]!;
    return moved;
  });
}

/** Draws tracks without a map below them: a grid of degrees, a scale, where it began and where it is at the cursor. */
export function drawMap(
  context: CanvasRenderingContext2D,
  { tracks, window, colours, palette, width, height, cursorNs }: {
    readonly tracks: readonly Track[];
    readonly window: MapWindow;
    readonly colours: readonly string[];
    readonly palette: Palette;
    readonly width: number;
    readonly height: number;
    readonly cursorNs: number | undefined;
  },
): void {
  const squeeze = squeezeAt(window.lat);
  const x = (lon: number) => width / 2 + (lon - window.lon) * squeeze * window.scale;
  const y = (lat: number) => height / 2 - (lat - window.lat) * window.scale;
  drawGrid(context, { window, squeeze, width, height, palette, x, y });
  tracks.forEach((track, n) => {
    if (track.length === 0) return;
    const colour = colours[n % colours.length]!;
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.lineJoin = "round";
    drawTrack(context, track, { x, y });
    dot(context, x(track[2]!), y(track[1]!), { fill: palette.surface, stroke: colour, size: 4 });
    const at = cursorNs === undefined ? track.length - 3 : placeAt(track, cursorNs);
    if (at >= 0) dot(context, x(track[at + 2]!), y(track[at + 1]!), { fill: colour, stroke: palette.surface, size: 6 });
  });
  drawScaleBar(context, { window, height, palette });
}

/** Where nothing is known for long, the line is dashed. */
function drawTrack(
  context: CanvasRenderingContext2D,
  track: Track,
  { x, y }: { readonly x: (lon: number) => number; readonly y: (lat: number) => number },
): void {
  const gap = (track[track.length - 3]! - track[0]!) / (track.length / 3) * 12;
  const isGap = (i: number) => track[i]! - track[i - 3]! > gap;
  for (const isDashed of [false, true]) {
    context.setLineDash(isDashed ? [3, 5] : []);
    context.beginPath();
    for (let i = 3; i < track.length; i += 3) {
      if (isGap(i) !== isDashed) continue;
      if (isDashed || i === 3 || isGap(i - 3)) context.moveTo(x(track[i - 1]!), y(track[i - 2]!));
      context.lineTo(x(track[i + 2]!), y(track[i + 1]!));
    }
    context.stroke();
  }
  context.setLineDash([]);
}

/** Where in a track the last point at or before a time is; -1 for none. */
export function placeAt(track: Track, ns: number): number {
  let [low, high] = [0, track.length / 3];
  while (low < high) {
    const middle = low + high >> 1;
    if (track[middle * 3]! <= ns) low = middle + 1;
    else high = middle;
  }
  return (low - 1) * 3;
}

/** How long a track is, in meters: great circles between its points (haversine). */
export function lengthOf(track: Track): number {
  const rad = Math.PI / 180;
  let sum = 0;
  for (let i = 3; i < track.length; i += 3) {
    const [lat1, lat2] = [track[i - 2]! * rad, track[i + 1]! * rad];
    const [dLat, dLon] = [lat2 - lat1, (track[i + 2]! - track[i - 1]!) * rad];
    const h = Math.sin(dLat / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin(dLon / 2) ** 2;
    sum += 2 * Math.asin(Math.min(1, Math.sqrt(h)));
  }
  return sum * METERS / rad;
}

/** `12.3 km`, `850 m` */
export function meters(value: number): string {
  return value >= 10_000
    ? `${(value / 1000).toFixed(0)} km`
    : value >= 1000
    ? `${(value / 1000).toFixed(2)} km`
    : value >= 1
    ? `${value.toFixed(value < 10 ? 1 : 0)} m`
    : `${(value * 100).toFixed(0)} cm`;
}

/** A place after `dx`, `dy` pixels. */
export function moved(window: MapWindow, dx: number, dy: number): MapWindow {
  const squeeze = squeezeAt(window.lat);
  return { ...window, lon: window.lon - dx / window.scale / squeeze, lat: clamp(window.lat + dy / window.scale) };
}

/** Nearer or further; the place at `dx`, `dy` pixels from the middle stays. */
export function zoomed(window: MapWindow, factor: number, dx: number, dy: number): MapWindow {
  const scale = Math.min(1e9, Math.max(2, window.scale * factor));
  const there = moved(window, -dx, -dy);
  return moved({ ...there, scale }, dx, dy);
}

function drawGrid(
  context: CanvasRenderingContext2D,
  { window, squeeze, width, height, palette, x, y }: {
    readonly window: MapWindow;
    readonly squeeze: number;
    readonly width: number;
    readonly height: number;
    readonly palette: Palette;
    readonly x: (lon: number) => number;
    readonly y: (lat: number) => number;
  },
): void {
  const step = Math.min(30, gridStep(110 / window.scale));
  const [halfLat, halfLon] = [height / 2 / window.scale, width / 2 / window.scale / squeeze];
  context.textAlign = "left";
  for (let n = Math.ceil((window.lat - halfLat) / step); n * step <= window.lat + halfLat; n++) {
    const lat = n * step;
    if (Math.abs(lat) > 90) continue;
    context.fillStyle = palette.line;
    context.fillRect(0, Math.round(y(lat)), width, 1);
    context.fillStyle = palette.dim;
    if (y(lat) > 36) context.fillText(`${degrees(lat, step)} ${lat < 0 ? "S" : "N"}`, 6, y(lat) - 8);
  }
  const wide = gridStep(110 / window.scale / squeeze);
  for (let n = Math.ceil((window.lon - halfLon) / wide); n * wide <= window.lon + halfLon; n++) {
    const lon = n * wide;
    context.fillStyle = palette.line;
    context.fillRect(Math.round(x(lon)), 0, 1, height);
    context.fillStyle = palette.dim;
    context.fillText(meridian(lon, wide), x(lon) + 5, 10);
  }
}

function drawScaleBar(
  context: CanvasRenderingContext2D,
  { window, height, palette }: { readonly window: MapWindow; readonly height: number; readonly palette: Palette },
): void {
  const perMeter = window.scale / METERS;
  const power = 10 ** Math.floor(Math.log10(140 / perMeter));
  const length = [5, 2, 1].map((each) => each * power).find((each) => each * perMeter <= 140) ?? power;
  const [wide, top] = [length * perMeter, height - 20];
  context.fillStyle = palette.surface;
  context.fillRect(10, top - 22, Math.max(wide, 60) + 20, 36);
  context.fillStyle = palette.text;
  context.fillRect(20, top, wide, 2);
  context.fillRect(20, top - 5, 1.5, 6);
  context.fillRect(20 + wide - 1.5, top - 5, 1.5, 6);
  context.textAlign = "left";
  context.fillText(length >= 1000 ? `${length / 1000} km` : meters(length), 20, top - 12);
}

function gridStep(least: number): number {
  if (least > 20) return [30, 45, 90, 180].find((each) => each >= least) ?? 360;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= least) ?? power * 10;
}

/** `179.5° W`, also of one that lies beyond the date line. */
export function meridian(lon: number, step: number): string {
  const east = lon - Math.round(lon / 360) * 360;
  const text = degrees(east, step);
  return Number.parseFloat(text) === 180 ? text : `${text} ${east < 0 ? "W" : "E"}`;
}

function degrees(value: number, step: number): string {
  return `${Math.abs(value).toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)))}°`;
}

function dot(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  { fill, stroke, size }: { readonly fill: string; readonly stroke: string; readonly size: number },
): void {
  context.beginPath();
  context.arc(x, y, size, 0, 7);
  [context.fillStyle, context.strokeStyle, context.lineWidth] = [fill, stroke, 2];
  context.fill();
  context.stroke();
}

/** A degree of longitude is shorter than one of latitude. */
function squeezeAt(lat: number): number {
  return Math.max(0.02, Math.cos(lat * Math.PI / 180));
}

function clamp(lat: number): number {
  return Math.min(90, Math.max(-90, lat));
}
