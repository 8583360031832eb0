// What both receivers in Node do with a body: one persistent message to a quorum queue, and its confirm.
import amqp from "amqplib";

export async function openPublisher(url, queue) {
  const connection = await amqp.connect(url, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(queue, { durable: true, arguments: { "x-queue-type": "quorum" } });
  // Without this an unroutable message is confirmed and gone.
  channel.on("return", () => process.exit(1));
  return (body) =>
    new Promise((resolve, reject) => {
      channel.publish("", queue, body, { persistent: true, mandatory: true }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
}

export function isObject(body) {
  try {
    const parsed = JSON.parse(body);
    return parsed !== null && typeof parsed === "object" && !Array.isArray(parsed);
  } catch {
    return false;
  }
}

export const QUEUED = '{"status":"queued"}';
