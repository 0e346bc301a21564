// Node's ws with the broadcast its documentation shows, told what to do by lines of JSON on stdin.
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";
import WebSocket, { WebSocketServer } from "ws";

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false, backlog: 2048 });
let payload = "";
const now = () => Number(process.hrtime.bigint()) / 1e9; // CLOCK_MONOTONIC, as Python's time.monotonic
const turn = () => new Promise((done) => setImmediate(done));
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const residentKb = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]);

function broadcast() {
  for (const client of server.clients) {
    if (client.readyState === WebSocket.OPEN) client.send(payload);
  }
}

function congested() {
  for (const client of server.clients) if (client.bufferedAmount > 65536) return true;
  return false;
}

const frame = () => Buffer.byteLength(payload) + 4;
const handlers = {
  about: async () => ({ port: server.address().port, stream: "/stream" }),
  spent: async () => {
    const { user, system } = process.cpuUsage();
    return { rss_kb: residentKb(), cpu_s: (user + system) / 1e6 };
  },
  ready: async () => server.clients.size,
  use: async (told) => ((payload = told.payload), residentKb()),
  paced: async ({ events, hertz }) => {
    const starts = [];
    const began = now();
    for (let number = 0; number < events; number++) {
      starts.push(now());
      broadcast();
      const early = began + (number + 1) / hertz - now();
      await (early > 0.001 ? rest(1000 * early) : turn());
    }
    return { starts, sizes: starts.map(frame) };
  },
  saturate: async ({ seconds }) => {
    const began = now();
    let events = 0;
    while (now() - began < seconds) {
      broadcast();
      events++;
      await turn();
      while (congested()) await rest(1);
    }
    return { began, events, sockets: server.clients.size, bytes_each: frame() * events };
  },
};

handlers.flood = handlers.paced;

server.on("listening", () => {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    const told = JSON.parse(line);
    process.stdout.write(JSON.stringify(await handlers[told.do](told)) + "\n");
  });
  lines.on("close", () => process.exit(0));
});
