/** Small rules for habits that hurt here: tests that sleep or are skipped, and slow imports. */

const isTest = (filename: string) => /_test\.tsx?$/.test(filename);

/** Folders that every command loads. Each static `node:` import there costs 5 to 15 ms a start. */
const HOT_PATH = /^src\/(?:base|transport|repl|device)\//;

/**
 * A test that sleeps for a fixed time is slow where it passes and fails where the machine is slow.
 * Waiting inside a loop, for a condition, is fine.
 */
export const noSleepInTests: Deno.lint.Rule = {
  create(context) {
    if (!isTest(context.filename)) return {};
    return {
      "NewExpression[callee.name='Promise'] CallExpression[callee.name='setTimeout']": (
        node: Deno.lint.CallExpression,
      ) => {
        const inLoop = context.sourceCode.getAncestors(node).some((ancestor) =>
          /^(?:While|DoWhile|For|ForOf|ForIn)Statement$/.test(ancestor.type)
        );
        if (inLoop) return;
        context.report({
          node,
          message: "A test does not sleep: wait in a loop, with a deadline, for what it needs.",
        });
      },
    };
  },
};

/** A skipped test is one that nobody runs, and `only` skips all others. */
export const noSkippedTests: Deno.lint.Rule = {
  create(context) {
    if (!isTest(context.filename)) return {};
    const report = (node: Deno.lint.Node) =>
      context.report({
        node,
        message: "Tests are not skipped: make what it needs part of `deno task setup`.",
      });
    return {
      "MemberExpression[object.object.name='Deno'][object.property.name='test']": (
        node: Deno.lint.MemberExpression,
      ) => {
        const { property } = node;
        if (property.type === "Identifier" && /^(?:ignore|only)$/.test(property.name)) report(node);
      },
      "CallExpression[callee.property.name=/^(test|step)$/] > ObjectExpression > Property": (
        node: Deno.lint.Property,
      ) => {
        const { key } = node;
        if (key.type === "Identifier" && /^(?:ignore|only)$/.test(key.name)) report(node);
      },
    };
  },
};

/** Code that every command loads uses the web's and Deno's own interfaces. */
export function noNodeOnHotPath(root: string): Deno.lint.Rule {
  return {
    create(context) {
      const path = context.filename.slice(root.length + 1);
      if (!HOT_PATH.test(path) || isTest(path)) return {};
      const check = (node: Deno.lint.ImportDeclaration | Deno.lint.ExportAllDeclaration) => {
        if (!node.source.value.startsWith("node:")) return;
        if (node.type === "ImportDeclaration" && node.importKind === "type") return;
        context.report({
          node,
          message: `Every command loads this file, and "${node.source.value}" costs 5 to 15 ms: ` +
            "use Deno's own, or import it dynamically where it is needed.",
        });
      };
      return { ImportDeclaration: check, ExportAllDeclaration: check };
    },
  };
}
