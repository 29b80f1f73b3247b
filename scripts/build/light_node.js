/**
 * What argparse and yaml need of Node, without loading Node.
 *
 * Commands read arguments that are not plain with argparse, which requires `util`, `fs`, `path` and
 * `assert` and asks `process` how wide the terminal is: Deno needs 20 ms to load all that, and a
 * command whose arguments are right uses next to nothing of it. In the bundle argparse gets these instead,
 * which load the real ones when they are used. yaml requires `process` and `buffer` for what nothing
 * here uses: switches for its developers, and `!!binary`.
 */

const node = (name) => process.getBuiltinModule(`node:${name}`);

/**
 * What `load` gives, loaded when a member is asked for that `known` does not have.
 *
 * @returns {any}
 */
const whenUsed = (load, known = {}) =>
  new Proxy(known, { get: (_target, member) => member in known ? known[member] : load()[member] });

/** Characters that Node writes as escapes, and the backslash that begins them. */
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const ESCAPED = /[\x00-\x1f\x7f-\x9f\\]/;

/**
 * A string without anything to escape is only put in quotes of a kind that it does not hold.
 * argparse does that with each argument it reads, for an error message that it then throws away.
 */
const inspect = (value, ...options) => {
  if (typeof value === "string" && !ESCAPED.test(value) && value.isWellFormed()) {
    const quote = ["'", '"'].find((quote) => !value.includes(quote));
    if (quote !== undefined) return quote + value + quote;
  }
  return node("util").inspect(value, ...options);
};
// Node documents this symbol for programs that do not load `util`.
inspect.custom = Symbol.for("nodejs.util.inspect.custom");

/** The terminal's width, for help texts; argparse asks for it with each argument it is told of. */
const stdout = whenUsed(() => process.stdout, {
  get columns() {
    return Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined;
  },
});

const environment = {
  get COLUMNS() {
    return Deno.env.get("COLUMNS");
  },
};

export const light = {
  buffer: whenUsed(() => node("buffer")),
  assert: (condition, message) => {
    if (!condition) node("assert")(condition, message);
  },
  fs: whenUsed(() => node("fs")),
  path: whenUsed(() => node("path")),
  process: whenUsed(() => process, { env: environment, stdout }),
  util: {
    inspect,
    // Warns developers who call argparse by its old names; types and tests have told ours already.
    deprecate: (replacement) => replacement,
  },
};
