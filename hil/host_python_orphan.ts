/** For a test: a notebook whose Python is busy, and which is killed. Prints its home and Python's process ids. */

import { HostNotebook, PYTHON, RecordingSink } from "./host_python_testing.ts";

const notebook = new HostNotebook(PYTHON);
const sink = new RecordingSink();
const running = notebook.run(
  "%%host\nimport os, subprocess, time\n" +
    "print(os.getpid(), subprocess.Popen(['sleep', '1000']).pid, flush=True)\ntime.sleep(1000)",
  sink,
);
await sink.shows("\n");
console.log(notebook.home, sink.stdout.trim());
await running;
