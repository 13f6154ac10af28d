/** Longitude, latitude, and altitude where it is known. */
export type Position = readonly number[];

/**
 * A line in parts that do not cross the 180th meridian (RFC 7946, section 3.1.9); one part where it does not. Of two
 * positions the shorter way is meant: nobody who walks from 179 to -179 goes around the Earth.
 */
export function cutLine(line: readonly Position[]): readonly (readonly Position[])[] {
  const whole = unwrap(line);
  if (whole.every(([longitude]) => Math.abs(longitude!) <= 180)) return [line];
  const parts: Position[][] = [[]];
  let before: Position | undefined;
  for (const position of whole) {
    const cut = before === undefined ? undefined : meridianBetween(before[0]!, position[0]!);
    if (cut !== undefined) {
      const at = between(before!, position, cut);
      if (before![0] !== cut) parts.at(-1)!.push(at);
      parts.push([at]);
    }
    parts.at(-1)!.push(position);
    before = position;
  }
  return parts.filter((part) => part.length > 1).map(wrap);
}

/**
 * A closed ring in rings that do not cross the 180th meridian, each turning counter-clockwise. A ring around a pole stays
 * as it is, and so do parts of a deep bay that meet on the meridian: they are one ring that touches itself there.
 */
export function cutRing(ring: readonly Position[]): readonly (readonly Position[])[] {
  const whole = unwrap(ring);
  if (whole[0]![0] !== whole.at(-1)![0]) return [turned(ring)];
  const longitudes = whole.map(([longitude]) => longitude!);
  const [west, east] = [Math.min(...longitudes), Math.max(...longitudes)];
  const rings: (readonly Position[])[] = [];
  for (let middle = 360 * Math.floor((west + 180) / 360); middle - 180 < east || rings.length === 0; middle += 360) {
    const open = clip(clip(whole.slice(1), middle - 180, 1), middle + 180, -1);
    const [first] = open;
    // Less than an area is where it only touches the meridian.
    if (first !== undefined && (open.length > 2 || rings.length === 0)) {
      rings.push(wrap(turned([...open.slice(-1), ...open])));
    }
    if (middle > east) break;
  }
  return rings;
}

/** Longitudes that go on beyond 180, so that each is at most half around the Earth from the one before. */
function unwrap(line: readonly Position[]): Position[] {
  let shift = 0;
  return line.map((position, i) => {
    const step = i === 0 ? 0 : position[0]! - line[i - 1]![0]!;
    if (step > 180) shift -= 360;
    if (step < -180) shift += 360;
    return moved(position, shift);
  });
}

function wrap(part: readonly Position[]): readonly Position[] {
  const longitudes = part.map(([longitude]) => longitude!);
  const middle = (Math.min(...longitudes) + Math.max(...longitudes)) / 2;
  const shift = -360 * Math.round(middle / 360);
  return part.map((position) => moved(position, shift));
}

function moved([longitude, ...rest]: Position, shift: number): Position {
  return [shift === 0 ? longitude! : longitude! + shift, ...rest];
}

/** 180 or another one that is the same, if it lies between; where a line begins on it, it is crossed there. */
function meridianBetween(from: number, to: number): number | undefined {
  const meridian = 360 * Math.round((from + to) / 2 / 360 - 0.5) + 180;
  const isCrossed = from <= meridian ? to > meridian : to < meridian;
  return isCrossed || (from === meridian && to < meridian) ? meridian : undefined;
}

function between(a: Position, b: Position, longitude: number): Position {
  const part = (longitude - a[0]!) / (b[0]! - a[0]!);
  const of = (i: number) => a[i]! + (b[i]! - a[i]!) * part;
  return a.length > 2 && b.length > 2 ? [longitude, of(1), of(2)] : [longitude, of(1)];
}

/** What of an open ring lies east (1) or west (-1) of a meridian (Sutherland and Hodgman, 1974). */
function clip(ring: readonly Position[], meridian: number, side: 1 | -1): Position[] {
  const isIn = ([longitude]: Position) => (longitude! - meridian) * side >= 0;
  return ring.flatMap((position, i) => {
    const before = ring.at(i - 1)!;
    const isCrossed = isIn(before) !== isIn(position) && before[0] !== meridian && position[0] !== meridian;
    return [...isCrossed ? [between(before, position, meridian)] : [], ...isIn(position) ? [position] : []];
  });
}

/** A ring that turns counter-clockwise: its signed area is positive. */
function turned(ring: readonly Position[]): readonly Position[] {
  let area = 0;
  for (let i = 1; i < ring.length; i++) {
    const [[x1, y1], [x2, y2]] = [ring[i - 1] as [number, number], ring[i] as [number, number]];
    area += x1 * y2 - x2 * y1;
  }
  return area >= 0 ? ring : ring.toReversed();
}
