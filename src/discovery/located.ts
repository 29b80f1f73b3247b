/** Which boards several words mean, each board once. */

import { isAddress } from "@/transport/address.ts";
import type { Schemes } from "@/transport/schemes.ts";
import { candidateLine } from "./candidates.ts";
import type { Wanted } from "./finder.ts";
import type { Found } from "./found.ts";

/** A board that was named, and where it is as far as that is known. */
export interface Located extends Wanted {
  /** The same for whatever the board was named by. */
  readonly key: string;
}

/** A board that is known to be somewhere. */
export type Place = Pick<Found, "name" | "uid" | "url">;

/** What {@linkcode locate} works with. */
export interface LocateOptions {
  readonly schemes: Schemes;
  /** The connected board. */
  readonly connected: Place | undefined;
  /** What the last look around found. */
  readonly found: readonly Place[];
  /** What a name or UID means. */
  readonly meaning: (text: string) => Promise<Wanted>;
  /** Looks around; at nothing but `urls`, unless `everywhere`. */
  readonly look: (
    options: { readonly urls: readonly string[]; readonly everywhere: boolean },
  ) => Promise<readonly Place[]>;
}

/**
 * The boards that `targets` mean, names, UIDs or addresses, in their order. Looks around at most
 * once, and only where it must: a board that is alone can be looked for when it is connected to.
 */
export async function locate(
  targets: readonly string[],
  options: LocateOptions,
): Promise<Located[]> {
  const { connected, found, look } = options;
  const known = [...(connected ? [connected] : []), ...found];
  let looks = await lookUp(targets, known, options);
  const unknown = targets.filter((_, index) => !looks[index].isKnown);
  if (unknown.length > 0 && targets.length > 1) {
    const urls = unknown.filter(isAddress);
    const seen = await look({ urls, everywhere: urls.length < unknown.length });
    looks = await lookUp(targets, [...(connected ? [connected] : []), ...seen, ...found], options);
  }
  const boards = new Map<string, Located>();
  for (const { board } of looks) if (!boards.has(board.key)) boards.set(board.key, board);
  return [...boards.values()];
}

/** What is known of a target. */
interface LookUp {
  readonly board: Located;
  readonly isKnown: boolean;
}

async function lookUp(
  targets: readonly string[],
  places: readonly Place[],
  { schemes, connected, meaning }: LocateOptions,
): Promise<LookUp[]> {
  const lines = await Promise.all(places.map(({ url }) => candidateLine(url, schemes)));
  const byAddress = async (url: string): Promise<LookUp> => {
    const line = await candidateLine(url, schemes);
    const place = places[lines.indexOf(line)];
    const uid = place?.uid || undefined;
    // Who says an address means whatever board is there now. Only the connected one is taken by
    // another way than was said: a board by cable and by air is one REPL.
    const isConnected = uid !== undefined && uid === connected?.uid;
    return {
      board: {
        name: place?.name ?? url,
        urls: [url],
        key: uid ?? line,
        ...(isConnected && { uid }),
      },
      isKnown: place !== undefined,
    };
  };
  const byName = async (text: string): Promise<LookUp> => {
    const wanted = await meaning(text);
    const index = places.findIndex(({ uid, name }) =>
      wanted.uid ? uid === wanted.uid : name === text
    );
    const place = places[index];
    const uid = wanted.uid ?? (place?.uid || undefined);
    const urls = new Set([...wanted.urls, ...(place ? [place.url] : [])]);
    return {
      board: {
        name: place?.name ?? text,
        uid,
        urls: [...urls],
        key: uid ?? lines[index] ?? text,
      },
      isKnown: urls.size > 0,
    };
  };
  return await Promise.all(targets.map((text) => isAddress(text) ? byAddress(text) : byName(text)));
}
