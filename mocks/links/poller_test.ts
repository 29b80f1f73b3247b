import { acquireLibc, check, libc, O_CLOEXEC, O_NONBLOCK, POLLIN, releaseLibc } from "./libc.ts";
import { Poller, type Watch } from "./poller.ts";

/** Generous: a close that waits for the wrong thing waits for ever. */
const DEADLINE_MS = 10_000;

/** A descriptor that becomes ready when its counter is raised. */
function counter() {
  acquireLibc();
  const fd = check(libc().eventfd(0, O_NONBLOCK | O_CLOEXEC), "make an eventfd");
  return {
    fd,
    raise: () => libc().write(fd, new BigUint64Array([1n]), 8n),
    [Symbol.dispose]() {
      libc().close(fd);
      releaseLibc();
    },
  };
}

async function inTime(work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("not closed in time")), DEADLINE_MS);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

Deno.test("a Watch closes though another one is opened before the poller has ended", async () => {
  using one = counter();
  using other = counter();
  const first = Poller.shared.watch(one.fd, POLLIN, () => {});
  const closing = first.close();
  const second = Poller.shared.watch(other.fd, POLLIN, () => {});
  await inTime(closing);
  await inTime(second.close());
});

Deno.test("the last Watch can be closed from within its own call", async () => {
  using one = counter();
  const closed = Promise.withResolvers<void>();
  const watch: Watch = Poller.shared.watch(one.fd, POLLIN, () => closed.resolve(watch.close()));
  one.raise();
  await inTime(closed.promise);
});
