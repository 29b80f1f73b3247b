/** Addresses of packages as mip writes them: `github:org/repo/path@branch` and the like. */

import { UsageError } from "@/base/errors.ts";

/**
 * Where files of a repository are, by prefix. MicroPython docs, reference/packages, "Installing
 * packages with mip"; the addresses are those of mpremote's mip.py.
 */
export const HOSTS: Hosts = {
  "github:": "https://raw.githubusercontent.com/{org}/{repo}/{ref}/{path}",
  "gitlab:": "https://gitlab.com/{org}/{repo}/-/raw/{ref}/{path}",
  "codeberg:": "https://codeberg.org/api/v1/repos/{org}/{repo}/raw/{path}?ref={ref}",
};

/** Patterns of addresses by prefix. */
export type Hosts = Readonly<Record<string, string>>;

/** Whether `text` begins as an address does that is fetched. */
export function isRemote(text: string, hosts: Hosts): boolean {
  return /^https?:\/\//i.test(text) || Object.keys(hosts).some((host) => text.startsWith(host));
}

/** Whether `text` is a path of this computer rather than a name of an index. */
export function isLocal(text: string): boolean {
  return /^(?:[.~$]{0,2}[\\/]|~|\$|[A-Za-z]:[\\/])/.test(text) || /\.(?:json|py|mpy)$/.test(text) ||
    text === "." || text === "..";
}

/** Parts `name@version`. What is behind `@` in an `http:` address belongs to it. */
export function splitVersion(text: string): { readonly name: string; readonly version: string } {
  const at = text.lastIndexOf("@");
  if (at < 1 || /^https?:\/\//i.test(text)) return { name: text, version: "" };
  return { name: text.slice(0, at), version: text.slice(at + 1) };
}

/**
 * The URL of a remote address.
 *
 * @param options `ref`: a branch, tag or commit; where empty, the repository's own choice
 * @throws {UsageError} when it names no organisation and repository.
 */
export function urlOf(
  address: string,
  { ref, hosts }: { readonly ref: string; readonly hosts: Hosts },
): string {
  const host = Object.keys(hosts).find((host) => address.startsWith(host));
  if (host === undefined) return address;
  const [org, repo, ...path] = address.slice(host.length).split("/");
  const parts = [org, repo, ...path];
  if (!org || !repo || parts.includes("..") || parts.includes(".")) {
    throw new UsageError(
      `"${address}" names no repository. Write ${host}ORGANISATION/REPOSITORY, and behind that a ` +
        "folder, a file, or @BRANCH.",
    );
  }
  const values: Record<string, string> = {
    org: encodeURIComponent(org),
    repo: encodeURIComponent(repo),
    ref: (ref || "HEAD").split("/").map(encodeURIComponent).join("/"),
    path: path.map(encodeURIComponent).join("/"),
  };
  return hosts[host].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}
