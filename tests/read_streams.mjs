// Reads each stream of a list with the widget's reader, and prints what came of it: node read_streams.mjs READER < streams.json
import { readFileSync } from "node:fs";

const source = readFileSync(process.argv[2], "utf8");
const { serverEvents } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const outcomes = [];
for (const chunks of JSON.parse(readFileSync(0, "utf8"))) {
  let open = true;
  const body = new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) {
        open = false;
        controller.close();
      }
      else controller.enqueue(Buffer.from(chunk, "base64"));
    },
    cancel: () => void (open = false),
  }, { highWaterMark: 0 });
  const events = [];
  let failed = null;
  try {
    for await (const event of serverEvents(body)) events.push([event.name, event.data]);
  } catch (error) {
    failed = error.name;
  }
  // Who breaks off must let go of the connection.
  outcomes.push({ events, failed, let_go: !open });
}
console.log(JSON.stringify(outcomes));
