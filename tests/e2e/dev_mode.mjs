// Publishes to the URL given, as a program does whose environment says QSTASH_DEV=true.
// The SDK must adopt the server that runs: fetching or starting another one ends this.
import childProcess from "node:child_process";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";

const refuse = () => {
  console.error("the SDK did not adopt the server");
  process.exit(1);
};
https.get = https.request = childProcess.spawn = childProcess.execFileSync = refuse;
syncBuiltinESMExports();

const { Client } = await import("@upstash/qstash");
await new Client().publishJSON({ url: process.argv[2], body: { adopted: true } });
