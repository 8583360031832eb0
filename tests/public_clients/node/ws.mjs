// The npm package `ws`: what it is told comes as JSON in the first argument, what it has to report goes to its output.

import WebSocket from "ws";
import { follow } from "./follower.mjs";

follow(WebSocket, JSON.parse(process.argv[2]), (what) => console.log(JSON.stringify(what)));
