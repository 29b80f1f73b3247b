/** Which container a name means, and how lists of engines are read. */

import { deepStrictEqual as assertEquals, throws } from "node:assert/strict";
import { UsageError } from "@/base/errors.ts";
import { type Container, findService, readContainers } from "./services.ts";

/** As docker 20.10 prints a container, an object a line. */
const DOCKER = [
  '{"Command":"\\"sleep 600\\"","ID":"a3db3032df14","Image":"bb","Labels":"","Names":"lone",' +
  '"State":"paused","Status":"Up Less than a second (Paused)"}',
  '{"Command":"\\"sleep 600\\"","ID":"097e6bd61215","Image":"bb:latest","Labels":"com.docker.compose.' +
  'service=esp-idf,com.docker.compose.x=a,b=c","Names":"rig-esp-idf-1","State":"running",' +
  '"Status":"Up 3 minutes"}',
  "",
].join("\n");

/** As podman 4.3 does, one list. */
const PODMAN = `[
  { "Image": "", "Labels": null, "Names": ["svc"], "State": "running", "Status": "Up 1 second ago" },
  { "Image": "docker.io/library/eclipse-mosquitto:2", "Names": ["rig_broker_1"], "State": "exited",
    "Status": "Exited (0) 2 days ago", "Labels": { "com.docker.compose.service": "broker" } }
]`;

/** As docker 19.03, which balena-engine was made from, does: no state of its own. */
const BALENA = ["Up 2 days", "Up 2 days (Paused)", "Exited (137) 1 hour ago", "Created"]
  .map((Status, index) =>
    JSON.stringify({ Names: `svc_${index}_1`, Image: "i", Status, Labels: "" })
  )
  .join("\n");

Deno.test("readContainers() reads the lists of docker, podman and balena-engine", () => {
  assertEquals(readContainers(DOCKER), [
    { name: "lone", image: "bb", state: "paused", service: undefined },
    { name: "rig-esp-idf-1", image: "bb:latest", state: "running", service: "esp-idf" },
  ]);
  assertEquals(readContainers(PODMAN), [
    { name: "svc", image: "", state: "running", service: undefined },
    {
      name: "rig_broker_1",
      image: "docker.io/library/eclipse-mosquitto:2",
      state: "exited",
      service: "broker",
    },
  ]);
  assertEquals(readContainers(BALENA).map(({ state }) => state), [
    "running",
    "paused",
    "exited",
    "created",
  ]);
  for (const none of ["", "\n", "[]", "[]\n"]) assertEquals(readContainers(none), []);
});

function container(name: string, rest: Partial<Container> = {}): Container {
  return { name, image: "img", state: "running", ...rest };
}

/** What a name means among containers: the first of them. */
const MEANT: readonly (readonly [string, string, ...Container[]])[] = [
  ["its own name", "esp-idf", container("esp-idf")],
  ["compose 1's name", "broker", container("rig_broker_1"), container("rig_web_1")],
  ["compose 2's name", "broker", container("rig-broker-1"), container("rig-web-1")],
  ["a name with dashes", "esp-idf", container("my-rig-esp-idf-12"), container("rig-idf-1")],
  ["compose's label", "broker", container("whatever", { service: "broker" })],
  ["balena's numbers", "esp-idf", container("esp-idf_5028310_1957263"), container("gcc_1_2")],
  ["balena's commit", "jupyter", container("jupyter_5028310_1957263_07d5cbc1b23a")],
  ["balena's supervisor", "balena-supervisor", container("balena_supervisor")],
  ["the surer way", "web", container("web"), container("rig-web-1", { service: "web" })],
  ["the label before the shape", "web", container("x", { service: "web" }), container("a-web-1")],
  ["the one that runs", "web", container("b-web-1"), container("a-web-1", { state: "exited" })],
  [
    "letters that mean something to patterns",
    "a.b",
    container("rig-a.b-1"),
    container("rig-axb-1"),
  ],
];

for (const [what, name, wanted, ...others] of MEANT) {
  Deno.test(`findService() goes by ${what}`, () => {
    assertEquals(findService(name, [...others, wanted], "docker"), wanted);
  });
}

Deno.test("findService() takes no part of a name for the whole", () => {
  for (const name of ["idf", "rig", "rig-idf", "1", "esp", ""]) {
    throws(() => findService(name, [container("rig_esp-idf-x_1")], "docker"), UsageError, name);
  }
});

Deno.test("findService() lists what there is, aligned, what runs first", () => {
  const all = [
    container("old", { state: "exited", image: "" }),
    container("rig-web-1", { service: "web", image: "nginx:1.27" }),
    container("esp-idf_12_345", { image: "espressif/idf" }),
  ];
  throws(() => findService("wbe", all, "docker"), {
    name: "UsageError",
    message: `There is no service "wbe". There are:
  NAME     CONTAINER       IMAGE          STATE
  esp-idf  esp-idf_12_345  espressif/idf  running
  web      rig-web-1       nginx:1.27     running
  old      old             -              exited
  host     -               -              this computer, by ssh`,
  });
});

Deno.test("findService() lists those that a name can mean", () => {
  const both = [
    container("b-web-1", { service: "web" }),
    container("a-web-1", { service: "web" }),
    container("c-db-1", { service: "db" }),
  ];
  throws(() => findService("web", both, "docker"), {
    message: `"web" means 2 services. Say which one by its container's name:
  NAME     CONTAINER  IMAGE  STATE
  a-web-1  a-web-1    img    running
  b-web-1  b-web-1    img    running`,
  });
});

Deno.test("findService() says how to let a service run", () => {
  throws(() => findService("web", [container("a-web-1", { state: "exited" })], "podman"), {
    message: 'The service "web" does not run; it is exited. Let it run with: podman start a-web-1',
  });
  throws(() => findService("web", [container("web", { state: "paused" })], "docker"), {
    message: 'The service "web" does not run; it is paused. Let it run with: docker unpause web',
  });
  throws(() => findService("web", [], "docker"), {
    message:
      'There is no service "web". docker shows you no containers: start one with "docker run" or ' +
      '"compose up".',
  });
});
