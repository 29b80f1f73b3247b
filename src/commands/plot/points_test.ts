import { deepStrictEqual as assertEquals, ok } from "node:assert/strict";
import { MAX_POINTS, type Point, Points } from "./points.ts";

function filled(count: number, y: (at: number) => number): Points {
  const points = new Points();
  for (let x = 0; x < count; x++) points.add({ x, y: y(x) });
  return points;
}

Deno.test("Points keeps all while they are few", () => {
  const points = filled(MAX_POINTS - 1, (x) => x % 7);
  assertEquals(points.all().length, MAX_POINTS - 1);
  assertEquals(points.thinned, false);
});

for (const count of [MAX_POINTS, 12_345, 100_000]) {
  Deno.test(`Points thins ${count} points, and keeps order, peaks and the last one`, () => {
    const peaks = new Map([[count - 2_000, 50], [count >> 1, -70], [Math.floor(count / 3), 60]]);
    const points = filled(count, (x) => peaks.get(x) ?? Math.sin(x / 100));
    const kept = points.all();
    ok(points.thinned && kept.length <= MAX_POINTS && kept.length >= MAX_POINTS / 4);
    assertEquals(kept, kept.toSorted((a: Point, b: Point) => a.x - b.x));
    for (const [x, y] of peaks) ok(kept.some((point) => point.x === x && point.y === y), `${x}`);
    assertEquals(kept.at(-1)!.x, count - 1);
    assertEquals([points.count, points.min, points.max], [count, -70, 60]);
    // The old is drawn as finely as the new.
    const firstHalf = kept.filter(({ x }) => x < count / 2).length;
    ok(Math.abs(firstHalf - kept.length / 2) < kept.length / 4);
  });
}

Deno.test("Points bears gaps alone", () => {
  const points = filled(10_000, () => NaN);
  ok(points.all().every(({ y }) => Number.isNaN(y)));
  ok(points.size <= MAX_POINTS);
});
