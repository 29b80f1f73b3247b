/**
 * The layer rule: which folder may import which.
 *
 * It keeps `src` a stack that can be read from the bottom up, and the simulated board (`mocks`) a
 * witness that shares no mistake with what it tests.
 */

/** The folders of `src`, lowest first. Those on one line never import each other. */
export const LAYERS: readonly (readonly string[])[] = [
  ["base"],
  ["config", "store"],
  ["wire"],
  ["transport"],
  ["repl"],
  ["device"],
  ["discovery", "sync", "host", "packages"],
  ["commands"],
  ["session"],
  ["jupyter"],
  ["cli"],
];

/** A file's place: its top folder, and in `src` its layer. */
interface Place {
  readonly top: string;
  readonly layer: string | undefined;
  readonly isTest: boolean;
}

function placeOf(path: string): Place {
  const [top, folder, ...rest] = path.split("/");
  return {
    top: folder === undefined ? "" : top,
    layer: top === "src" && rest.length > 0 ? folder : undefined,
    isTest: /_test(?:ing)?\.tsx?$/.test(path) || path.startsWith("hil/acceptance/"),
  };
}

/**
 * Why the file at `from` must not import the one at `to`, or `undefined` when it may. Both are
 * paths from the checkout's folder, e.g. `src/repl/raw_repl.ts`.
 */
export function judge(from: string, to: string): string | undefined {
  if (to === "main.ts") return "Nothing imports main.ts: it puts the parts together.";
  const importer = placeOf(from);
  const imported = placeOf(to);
  if (imported.top === importer.top && importer.top !== "src") return undefined;
  switch (importer.top) {
    case "src":
      return judgeSource(importer, imported);
    case "mocks":
      if (["src", "hil", "scripts"].includes(imported.top)) {
        return `mocks/ may not import ${imported.top}/: a simulated board that shares code with ` +
          "what it tests shares its mistakes. Speak the wire format instead.";
      }
      return undefined;
    case "hil":
      if (imported.top === "scripts" && !importer.isTest) {
        return "hil/ may not import scripts/: it is in the product. Its tests may.";
      }
      if (imported.top === "mocks" && !importer.isTest) {
        return "hil/ may not import mocks/: checks run on real boards too. Its tests " +
          "(*_test.ts, *_testing.ts, hil/acceptance/) may.";
      }
      return undefined;
    case "": // main.ts, which wires all that is in the product
      return imported.top === "scripts"
        ? "main.ts may not import scripts/: they are not in the product."
        : undefined;
    default:
      return undefined;
  }
}

function judgeSource(importer: Place, imported: Place): string | undefined {
  if (["mocks", "hil", "scripts"].includes(imported.top)) {
    return `src/ may not import ${imported.top}/: only main.ts puts them together. ` +
      "Take what you need as a parameter.";
  }
  if (imported.top !== "src") return undefined; // assets: kernelspec/, deno.json
  const above = rank(importer.layer);
  const below = rank(imported.layer);
  if (above === undefined || below === undefined) {
    const layer = above === undefined ? importer.layer : imported.layer;
    return `src/${layer ?? ""} is no layer. Layers, lowest first: ${describe(LAYERS)}.`;
  }
  if (importer.layer === imported.layer || below < above) return undefined;
  const reason = below === above ? "they stand side by side" : "it stands higher";
  return `src/${importer.layer} may not import src/${imported.layer}: ${reason}. ` +
    `It may import: ${describe(LAYERS.slice(0, above)) || "nothing, it is the lowest"}.`;
}

function rank(layer: string | undefined): number | undefined {
  const index = LAYERS.findIndex((line) => layer !== undefined && line.includes(layer));
  return index < 0 ? undefined : index;
}

function describe(layers: readonly (readonly string[])[]): string {
  return layers.map((line) => line.join(", ")).join("; ");
}

/** How a specifier is written, apart from where it leads. */
export function judgeSpelling(from: string, specifier: string): string | undefined {
  if (!from.startsWith("src/")) return undefined;
  const to = resolve(from, specifier);
  if (to === undefined || !to.startsWith("src/")) return undefined;
  const folder = (path: string) => path.replace(/[^/]*$/, "");
  if (folder(to) === folder(from) && specifier.startsWith("@/")) {
    return "A file of the same folder is imported through ./";
  }
  if (placeOf(to).layer !== placeOf(from).layer && !specifier.startsWith("@/")) {
    return `Another folder is imported through @/: write "@/${to.slice("src/".length)}".`;
  }
  return undefined;
}

/**
 * Where `specifier` leads from the file at `from`: a path from the checkout's folder, or
 * `undefined` for packages and for what is outside the checkout.
 */
export function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith("@/")) return `src/${specifier.slice(2)}`;
  if (!/^\.{1,2}\//.test(specifier)) return undefined;
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** The lint rule: static and dynamic imports, re-exports, types, and addresses of files. */
export function layers(root: string): Deno.lint.Rule {
  return {
    create(context): Deno.lint.LintVisitor {
      const from = context.filename.startsWith(`${root}/`)
        ? context.filename.slice(root.length + 1)
        : undefined;
      if (from === undefined) return {};
      const check = (node: Deno.lint.Node | null | undefined) => {
        if (node?.type !== "Literal" || typeof node.value !== "string") return;
        const to = resolve(from, node.value);
        if (to === undefined) return;
        const message = judge(from, to) ?? judgeSpelling(from, node.value);
        if (message !== undefined) context.report({ node, message });
      };
      return {
        ImportDeclaration: (node) => check(node.source),
        ExportNamedDeclaration: (node) => check(node.source),
        ExportAllDeclaration: (node) => check(node.source),
        ImportExpression: (node) => check(node.source),
        TSImportType: ({ argument }) => {
          if (argument.type === "TSLiteralType") check(argument.literal);
        },
        // import.meta.resolve("./x.ts")
        "CallExpression[callee.property.name='resolve'][callee.object.type='MetaProperty']": (
          node: Deno.lint.CallExpression,
        ) => check(node.arguments[0]),
        // new URL("./x.ts", import.meta.url)
        "NewExpression[callee.name='URL']": (node: Deno.lint.NewExpression) => {
          if (node.arguments.length === 2) check(node.arguments[0]);
        },
      };
    },
  };
}
