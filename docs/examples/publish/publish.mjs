// Publish one EPCIS document through the gateway, from Node.js 18 or newer:
// TRACEHUB_API_KEY=... node publish.mjs http://localhost:9465 FILE
import { readFile } from "node:fs/promises";

const [address, file] = process.argv.slice(2);
const document = await readFile(file);
for (;;) {
  const answer = await fetch(`${address}/capture`, {
    method: "POST",
    headers: {
      "X-API-Key": process.env.TRACEHUB_API_KEY,
      "Content-Type": "application/json",
    },
    body: document,
  });
  if (answer.status === 202) {
    console.log(answer.headers.get("location"));
    break;
  }
  // The log does not keep up: the same document again is no second record.
  if (answer.status !== 429 && answer.status !== 503) throw new Error(await answer.text());
  await new Promise((later) => setTimeout(later, 1000 * answer.headers.get("retry-after")));
}
