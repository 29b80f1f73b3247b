/** The points of one series, however many come: thinned so that peaks stay. */

/** Up to so many are kept as they are. */
export const MAX_POINTS = 2_000;

/** A place in a chart. `y` is NaN where the line has a gap. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * Points in the order they came. When there are too many, of each few neighbours the lowest and the
 * highest are kept, so that a chart looks the same, and memory is bounded.
 */
export class Points {
  #kept: Point[] = [];
  /** How many points two kept ones stand for; 1 while all are kept. */
  #step = 1;
  /** The points that are not yet enough for two. */
  #open: Point[] = [];
  #openCount = 0;
  /** How many have come. */
  count = 0;
  /** The one that came last. */
  last: Point | undefined;
  /** The least and the greatest finite `y` of all that have come. */
  min = Infinity;
  max = -Infinity;

  /** How many are kept. */
  get size(): number {
    return this.#kept.length + this.#open.length;
  }

  /** Whether some have been left out. */
  get thinned(): boolean {
    return this.#step > 1;
  }

  add(point: Point): void {
    this.count++;
    this.last = point;
    if (Number.isFinite(point.y)) {
      this.min = Math.min(this.min, point.y);
      this.max = Math.max(this.max, point.y);
    }
    if (this.#step === 1) {
      this.#kept.push(point);
    } else {
      this.#open = extremes([...this.#open, point]);
      if (++this.#openCount === this.#step) {
        this.#kept.push(...this.#open);
        this.#open = [];
        this.#openCount = 0;
      }
    }
    if (this.#kept.length >= MAX_POINTS) this.#thin();
  }

  /** The points to draw, the last one among them. */
  all(): Point[] {
    const points = [...this.#kept, ...this.#open];
    if (this.last !== undefined && points.at(-1) !== this.last) points.push(this.last);
    return points;
  }

  #thin(): void {
    const kept: Point[] = [];
    for (let at = 0; at < this.#kept.length; at += 4) {
      kept.push(...extremes(this.#kept.slice(at, at + 4)));
    }
    this.#kept = kept;
    this.#step = this.#step === 1 ? 4 : this.#step * 2;
  }
}

/** The lowest and the highest of `points`, in their order; a gap only where all are. */
function extremes(points: readonly Point[]): Point[] {
  const finite = points.filter(({ y }) => Number.isFinite(y));
  if (finite.length === 0) return points.slice(0, 1);
  let low = 0;
  let high = 0;
  finite.forEach(({ y }, at) => {
    if (y < finite[low].y) low = at;
    if (y > finite[high].y) high = at;
  });
  if (low === high) return [finite[low]];
  return [finite[Math.min(low, high)], finite[Math.max(low, high)]];
}
