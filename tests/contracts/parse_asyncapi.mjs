// Ends with 1 and says why when the document is not valid AsyncAPI.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const ERROR = 0;
const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const errors = diagnostics.filter((diagnostic) => diagnostic.severity === ERROR);
for (const { path, message } of errors) console.log(`${path.join(".")}: ${message}`);
process.exit(document === undefined || errors.length > 0 ? 1 : 0);
