/** Fetching MicroPython packages, with all that they need: from an index, a repository, a URL, or here. */

import { IotError, UsageError } from "@/base/errors.ts";
import { download, type DownloadOptions, publicUrl } from "./download.ts";
import { HOSTS, type Hosts, isLocal, isRemote, splitVersion, urlOf } from "./hosts.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import {
  describePackage,
  type FetchedPackage,
  MAX_PACKAGE_BYTES,
  MAX_PACKAGE_FILES,
  type MipForm,
  type PackageFacts,
  type PackageFile,
  packageFile,
} from "./package.ts";
import { PackageError } from "./package_error.ts";
import { checkPackagePath } from "./package_path.ts";

/** The index of micropython-lib. MicroPython docs, reference/packages. */
export const MIP_INDEX = "https://micropython.org/pi/v2";

/** More packages than anything needs. */
const MAX_PACKAGES = 200;

/** Manifests are small, in bytes. */
const MAX_MANIFEST_BYTES = 1024 * 1024;

/** A package that is wanted. */
export interface MipRequest {
  /** A name of the index, an address, or an absolute path of this computer. */
  readonly name: string;
  /** Empty for the latest, or for a repository's own choice of branch. */
  readonly version: string;
}

/** How packages are fetched. */
export interface MipOptions extends Omit<DownloadOptions, "maxBytes"> {
  /** The index's address. */
  readonly index: string;
  /** Which files to take from an index, the first that it has. */
  readonly forms: readonly MipForm[];
  readonly hosts?: Hosts;
  /** What to ask for where nothing else is said, by name: what was locked. */
  readonly pins?: ReadonlyMap<string, string>;
  /** Told what is under way. */
  readonly onFetch?: (what: string) => void;
}

/**
 * Reads `aioble@0.6.1`, `github:org/repo@main`, a URL, or a path.
 *
 * @param resolve makes a path of this computer absolute
 * @throws {UsageError} when it is none of these.
 */
export function readRequest(text: string, resolve: (path: string) => string): MipRequest {
  if (isRemote(text, HOSTS)) return splitVersion(text);
  if (isLocal(text)) return { name: resolve(text), version: "" };
  const { name, version } = splitVersion(text);
  const isName = /^[A-Za-z0-9][\w.-]*$/.test(name);
  if (isName && !text.endsWith("@") && /^[\w.+-]*$/.test(version)) return { name, version };
  throw new UsageError(
    `"${text}" is no package: write a name of the index, such as aioble or aioble@0.6.1, ` +
      "github:ORGANISATION/REPOSITORY, a URL, or a path such as ./package.json.",
  );
}

/**
 * Fetches packages and all that they need.
 *
 * @throws {PackageError} what {@linkcode download} throws, `malformed`, `path`, `mismatch`, `size`.
 */
export async function fetchMip(
  requests: readonly MipRequest[],
  options: MipOptions,
): Promise<FetchedPackage[]> {
  const resolver = new Resolver(options);
  for (const request of requests) await resolver.add(request, undefined);
  return [...resolver.packages.values()];
}

/** A manifest, and what is needed to follow it. */
interface Described {
  readonly manifest: Manifest;
  readonly source: string;
  readonly form?: MipForm;
  /** What relative addresses are below. */
  readonly base: string;
}

/** Who asked for a package. */
interface Asker {
  readonly name: string;
  readonly isLocal: boolean;
}

class Resolver {
  readonly packages = new Map<string, FetchedPackage>();
  readonly #options: MipOptions & { readonly hosts: Hosts };
  /** Being resolved, or resolved: what needs itself, in a circle, is met here. */
  readonly #asked = new Map<string, { readonly version: string; readonly by?: string }>();
  #bytes = 0;
  #files = 0;

  constructor(options: MipOptions) {
    this.#options = { hosts: HOSTS, ...options };
  }

  async add(request: MipRequest, asker: Asker | undefined): Promise<void> {
    this.#options.signal.throwIfAborted();
    const { name } = request;
    const asked = request.version === "latest" ? "" : request.version;
    // A password belongs to the address that is fetched, and into no record or message.
    const shown = publicUrl(name);
    const version = asked || (this.#options.pins?.get(shown) ?? "");
    const before = this.#asked.get(name);
    if (before !== undefined) return this.#checkAgain({ name, version }, before, asker);
    this.#asked.set(name, { version, ...(asker && { by: asker.name }) });
    if (this.#asked.size > MAX_PACKAGES) {
      throw new PackageError("size", `Refused: more than ${MAX_PACKAGES} packages are needed.`);
    }
    if (/\.m?py$/.test(name)) return await this.#addFile({ name, version }, asker);
    const described = await this.#describe({ name, version }, asker);
    const { manifest, source, form, base } = described;
    const files: PackageFile[] = [];
    for (const { path, hash } of manifest.hashes) {
      files.push(await this.#hashed({ path, hash, name: shown }));
    }
    for (const { path, url } of manifest.urls) {
      const at = this.#join(base, url, shown);
      files.push(await this.#file(path, at, version));
    }
    checkOnce(files, shown);
    const facts: PackageFacts = {
      installer: "mip",
      name: shown,
      version: manifest.version || version,
      pin: form === undefined ? version : manifest.version || version,
      source: publicUrl(source),
      ...(form !== undefined && { form, index: publicUrl(this.#options.index) }),
      needs: manifest.deps.map(({ name }) => publicUrl(name)),
    };
    this.packages.set(name, { ...facts, files });
    const isLocalPackage = !isRemote(base, this.#options.hosts);
    for (const dep of manifest.deps) {
      await this.add(dep, { name: shown, isLocal: isLocalPackage });
    }
  }

  /** The same package again is no news, unless another version is meant. */
  #checkAgain(
    { name, version }: MipRequest,
    before: { readonly version: string; readonly by?: string },
    asker: Asker | undefined,
  ): void {
    const resolved = this.packages.get(name)?.version ?? before.version;
    if (version === "" || version === before.version || version === resolved) return;
    throw new PackageError(
      "conflict",
      `Cannot install both ${publicUrl(name)} ${version}, which ${
        asker?.name ?? "the command"
      } wants, and ` +
        `${describePackage({ name: publicUrl(name), version: resolved })}, which ${
          before.by ?? "the command"
        } ` +
        "wants. Nothing was installed.",
    );
  }

  async #addFile({ name, version }: MipRequest, asker: Asker | undefined): Promise<void> {
    this.#checkLocal(name, asker);
    const shown = publicUrl(name);
    const path = checkPackagePath(shown.slice(shown.lastIndexOf("/") + 1), { name: shown });
    const file = await this.#file(path, name, version);
    const source = isRemote(name, this.#options.hosts) ? this.#url(name, version) : name;
    this.packages.set(name, {
      installer: "mip",
      name: shown,
      version,
      pin: version,
      source: publicUrl(source),
      needs: [],
      files: [file],
    });
  }

  async #describe({ name, version }: MipRequest, asker: Asker | undefined): Promise<Described> {
    const { hosts } = this.#options;
    this.#checkLocal(name, asker);
    const isAddress = isRemote(name, hosts);
    if (!isAddress && !isLocal(name)) return await this.#fromIndex({ name, version }, asker);
    const address = /\.json$/.test(name) ? name : `${name.replace(/\/+$/, "")}/package.json`;
    const source = isAddress ? this.#url(address, version) : address;
    this.#options.onFetch?.(publicUrl(source));
    const bytes = isAddress
      ? await this.#fetch(source, MAX_MANIFEST_BYTES)
      : await readLocal(address, MAX_MANIFEST_BYTES);
    const manifest = readManifest(bytes, { name: publicUrl(name), source: publicUrl(source) });
    return { manifest, source, base: address.slice(0, address.lastIndexOf("/")) };
  }

  async #fromIndex({ name, version }: MipRequest, asker: Asker | undefined): Promise<Described> {
    const { index, forms } = this.#options;
    const tried: string[] = [];
    for (const form of forms) {
      const of = (version: string) =>
        `${index}/package/${form}/${encodeURIComponent(name)}/${encodeURIComponent(version)}.json`;
      const address = of(version || "latest");
      this.#options.onFetch?.(describePackage({ name, version }));
      try {
        const bytes = await this.#fetch(address, MAX_MANIFEST_BYTES);
        const manifest = readManifest(bytes, { name, source: publicUrl(address) });
        // What was the latest is to be found under its own name later.
        const source = manifest.version === "" ? address : of(manifest.version);
        return { manifest, source, form, base: index };
      } catch (error) {
        if (!(error instanceof PackageError && error.code === "missing")) throw error;
        tried.push(publicUrl(address));
      }
    }
    const needer = asker === undefined ? "" : ` ${asker.name} needs it.`;
    throw new PackageError(
      "missing",
      `The index has no ${describePackage({ name, version })}: nothing is at ` +
        `${tried.join(" or ")}.${needer} ${publicUrl(index)}/index.json lists what it has; ` +
        "packages elsewhere are github:ORGANISATION/REPOSITORY or a URL.",
    );
  }

  /** What came over the network does not get to choose files of this computer. */
  #checkLocal(name: string, asker: Asker | undefined): void {
    const { hosts } = this.#options;
    if (asker === undefined || asker.isLocal || isRemote(name, hosts) || !isLocal(name)) return;
    throw new PackageError(
      "path",
      `Refused to install ${asker.name}: it is from elsewhere, and needs "${name}" of this computer.`,
    );
  }

  /** Where `url` of a manifest is. */
  #join(base: string, url: string, name: string): string {
    if (isRemote(url, this.#options.hosts)) return url;
    const isOdd = /^[a-z][a-z0-9+.-]*:/i.test(url) || url.startsWith("/");
    if (!isOdd && /^https?:\/\//i.test(base)) return new URL(url, `${base}/`).href;
    if (!isOdd) return `${base}/${url}`;
    throw new PackageError(
      "malformed",
      `Refused to install ${name}: it takes a file from "${publicUrl(url)}", which is neither an ` +
        "address that mip knows nor relative to its package.json.",
    );
  }

  async #hashed(
    { path, hash, name }: { path: string; hash: string; name: string },
  ): Promise<PackageFile> {
    const { index, onFetch } = this.#options;
    onFetch?.(path);
    const url = `${index}/file/${hash.slice(0, 2)}/${hash}`;
    const file = await packageFile(path, await this.#fetch(url, MAX_PACKAGE_BYTES));
    if (!file.sha256.startsWith(hash)) {
      throw new PackageError(
        "mismatch",
        `Refused to install ${name}: its ${path} from ${publicUrl(url)} is not what the index ` +
          `says: its SHA-256 begins with ${file.sha256.slice(0, hash.length)}. Something on the ` +
          "way changed it, or the index is broken. Nothing was installed.",
      );
    }
    return this.#counted(file);
  }

  async #file(path: string, address: string, ref: string): Promise<PackageFile> {
    this.#options.onFetch?.(path);
    const bytes = isRemote(address, this.#options.hosts)
      ? await this.#fetch(this.#url(address, ref), MAX_PACKAGE_BYTES)
      : await readLocal(address, MAX_PACKAGE_BYTES);
    return this.#counted(await packageFile(path, bytes));
  }

  #counted(file: PackageFile): PackageFile {
    this.#bytes += file.size;
    this.#files++;
    if (this.#bytes <= MAX_PACKAGE_BYTES && this.#files <= MAX_PACKAGE_FILES) return file;
    throw new PackageError("size", "Refused: together, the packages are larger than any board.");
  }

  #url(address: string, ref: string): string {
    return urlOf(address, { ref, hosts: this.#options.hosts });
  }

  #fetch(url: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    return download(url, { ...this.#options, maxBytes });
  }
}

/** Files of one package that would be one another's. */
function checkOnce(files: readonly PackageFile[], name: string): void {
  const seen = new Set<string>();
  for (const { path } of files) {
    if (seen.has(path)) {
      throw new PackageError("malformed", `Cannot install ${name}: it names "${path}" twice.`);
    }
    seen.add(path);
  }
}

async function readLocal(path: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { isFile, size } = await Deno.stat(path);
    // Only a regular file has an end.
    if (!isFile) throw new IotError("it is not a regular file", 1);
    if (size > maxBytes) throw new IotError("it is too large", 1);
    return await Deno.readFile(path);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "it is not there"
      : cause instanceof Error
      ? cause.message
      : String(cause);
    throw new PackageError("missing", `Cannot read "${path}": ${reason}.`, { cause });
  }
}
