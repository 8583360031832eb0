// Fastify with a confirm channel: node receiver_fastify.mjs PORT AMQP_URL QUEUE
import Fastify from "fastify";
import { QUEUED, isObject, openPublisher } from "./receiver_amqp.mjs";

const [port, amqpUrl, queue] = process.argv.slice(2);
const publish = await openPublisher(amqpUrl, queue);
const app = Fastify({ logger: false });
// The body goes on as it came: parsed to judge it, never written anew.
app.removeAllContentTypeParsers();
app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

app.post("/webhooks/evolution/:token", async (request, reply) => {
  if (!isObject(request.body)) return reply.code(400).send();
  await publish(request.body);
  return reply.type("application/json").send(QUEUED);
});

await app.listen({ host: "127.0.0.1", port: Number(port) });
