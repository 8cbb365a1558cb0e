// The README's walk with openapi-fetch and the generated types. Prints the scores after each step, one JSON list.
import createClient from "openapi-fetch";
import type { components, paths } from "./heed.js";

type Score = components["schemas"]["ScoreOut"];
type Result<Data> = { data?: Data; error?: unknown; response: Response };

declare const process: { argv: string[]; env: Record<string, string> };
const run = process.argv[2];
const heed = createClient<paths>({
  baseUrl: process.env.HEED_URL,
  headers: { Authorization: `Bearer ${process.env.HEED_TOKEN}` },
});
const scores: Score[] = [];

// Return the result of a write, and remember the score that knows it.
async function done<Data>(pending: Promise<Result<Data>>, customerOf: (data: Data) => string): Promise<Data> {
  const { data, error, response } = await pending;
  if (data === undefined) throw new Error(`${response.status}: ${JSON.stringify(error)}`);
  const after = response.headers.get("heed-event");
  const path = { customer_id: customerOf(data) };
  const header = { prefer: "wait=30" }; // Seconds at most that the read waits for the event.
  const score = await heed.GET("/v1/scores/{customer_id}", { params: { path, query: { after }, header } });
  if (score.data === undefined) throw new Error(JSON.stringify(score.error));
  scores.push(score.data);
  return data;
}

const buyer = { kind: "individual" as const, name: "Li Na", external_id: `ts-${run}` };
const customer = await done(heed.POST("/v1/customers", { body: buyer }), ({ id }) => id);
const again = await done(heed.POST("/v1/customers", { body: buyer }), ({ id }) => id); // 200: it exists already
if (again.id !== customer.id) throw new Error("registered twice");
const owner = () => customer.id;
const line = { sku: "kettle", category: "kitchen", quantity: "1", unit_price: "120.00", unit_cost: "70.00" };
let purchase: components["schemas"]["PurchaseOut"] | undefined;
for (const day of ["2026-08-20", "2026-10-01", "2026-11-10"]) {
  const order = { external_id: `ts-${run}-${day}`, occurred_at: `${day}T10:00:00Z`, currency: "USD", lines: [line] };
  const body = { customer_external_id: `ts-${run}`, ...order };
  purchase = await done(heed.POST("/v1/purchases", { body }), owner);
}
const leak = { channel: "phone", category: "service", severity: "major", occurred_at: "2026-11-21T09:00:00Z" } as const;
const report = { customer_id: customer.id, description: "It leaks and nobody calls back.", ...leak };
const complaint = await done(heed.POST("/v1/complaints", { body: report }), owner);
const move = (body: components["schemas"]["AnyMove"]) =>
  done(heed.POST("/v1/complaints/{complaint_id}/transitions", { params: { path: { complaint_id: complaint.id } }, body }), owner);
await move({ action: "accept" });
await move({ action: "complete", resolution: "A new kettle, brought by hand" });
const faulty = { external_id: `ts-${run}-return`, occurred_at: "2026-11-22T06:00:00Z", reason: "faulty" } as const;
const body = { ...faulty, lines: [{ sku: "kettle", quantity: "1" }] };
await done(heed.POST("/v1/purchases/{purchase_id}/returns", { params: { path: { purchase_id: purchase!.id } }, body }), owner);
console.log(JSON.stringify(scores));
