// Express with the same confirm channel: node receiver_express.mjs PORT AMQP_URL QUEUE
import express from "express";
import { QUEUED, isObject, openPublisher } from "./receiver_amqp.mjs";

const [port, amqpUrl, queue] = process.argv.slice(2);
const publish = await openPublisher(amqpUrl, queue);
const app = express().disable("x-powered-by").disable("etag").set("env", "production");

app.post("/webhooks/evolution/:token", express.raw({ type: "application/json", limit: "1mb" }), async (request, response) => {
  if (!isObject(request.body)) return response.sendStatus(400);
  await publish(request.body);
  response.type("application/json").send(QUEUED);
});

app.listen(Number(port), "127.0.0.1");
