/** Deflating what goes to a board. */

/** Deflates, without a head. */
export type Deflate = (bytes: Uint8Array) => Uint8Array;

/** Deflates for a board with so large a window, as a power of two. */
export async function loadDeflate(windowBits: number): Promise<Deflate> {
  const { deflateRawSync } = await import("node:zlib");
  return (bytes) => deflateRawSync(bytes, { windowBits, level: 9 });
}

/** As much of `bytes` as goes into one block, deflated if it is worth it. */
export function cut(
  bytes: Uint8Array,
  { limit, deflate }: { readonly limit: number; readonly deflate: Deflate | undefined },
): { packing: "stored" | "deflated"; payload: Uint8Array; count: number } {
  let count = bytes.length;
  for (
    let attempt = 0;
    deflate !== undefined && count >= WORTH_DEFLATING_BYTES && attempt < 3;
    attempt++
  ) {
    const payload = deflate(bytes.subarray(0, count));
    if (payload.length > count * WORTH_DEFLATING_RATIO) break;
    if (payload.length <= limit) return { packing: "deflated", payload, count };
    count = Math.floor(count * limit / payload.length * 0.95);
  }
  count = Math.min(bytes.length, limit);
  return { packing: "stored", payload: bytes.subarray(0, count), count };
}

/** Less than this is sent sooner than it is deflated. */
const WORTH_DEFLATING_BYTES = 64;
const WORTH_DEFLATING_RATIO = 0.9;
