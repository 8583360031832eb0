// The straightforward consumer in Node: one message, one transaction, one acknowledgement.
// node consumer_node.mjs DATABASE_URL AMQP_URL REDIS_URL QUEUE PREFETCH
import amqp from "amqplib";
import pg from "pg";
import { createClient } from "redis";

const [connectionString, amqpUrl, redisUrl, queue, prefetch] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString, max: Number(prefetch) });
const redis = createClient({ url: redisUrl });
await redis.connect();

const prepared = (name, text) => (client, values) => client.query({ name, text, values });
const lock = prepared("lock", "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))");
const remember = prepared(
  "remember",
  `INSERT INTO webhook_events (id, clinic_id, source_id, correlation_id, event_type, digest, received_at)
   VALUES ($1, $2, $3, $1, $4, sha256($5), now()) ON CONFLICT DO NOTHING`,
);
const known = prepared(
  "known",
  `SELECT contact_id FROM contact_identities WHERE clinic_id = $1 AND kind = 'phone' AND value = $2`,
);
const create = prepared(
  "create",
  `INSERT INTO contacts (clinic_id, name, name_origin, name_at, phone)
   VALUES ($1, $2, 'profile', to_timestamp($3), $4) RETURNING id`,
);
const learn = prepared(
  "learn",
  `INSERT INTO contact_identities (clinic_id, kind, value, contact_id)
   VALUES ($1, 'phone', $2, $4), ($1, 'jid', $3, $4)`,
);
const open = prepared("open", "INSERT INTO conversations (clinic_id, contact_id) VALUES ($1, $2) RETURNING id");
const lookUp = prepared(
  "lookUp",
  "SELECT id FROM conversations WHERE clinic_id = $1 AND contact_id = $2 FOR NO KEY UPDATE",
);
const store = prepared(
  "store",
  `INSERT INTO messages (clinic_id, conversation_id, source_id, provider_id, sender_type, sender_name, content, "timestamp")
   VALUES ($1, $2, $3, $4, 'patient', $5, $6, to_timestamp($7))
   ON CONFLICT (source_id, provider_id) WHERE provider_id IS NOT NULL DO NOTHING RETURNING *`,
);
const summarise = prepared(
  "summarise",
  `UPDATE conversations SET unread_count = unread_count + 1, version = version + 1, updated_at = now(), source_id = $3,
     heard_at = greatest(heard_at, $5), status = 'active',
     last_message_id = CASE WHEN newer THEN $4 ELSE last_message_id END,
     last_message = CASE WHEN newer THEN $6 ELSE last_message END,
     last_message_type = 'text', last_message_sender = 'patient', last_message_at = greatest(last_message_at, $5)
   FROM (SELECT last_message_at IS NULL OR ($5, $4) > (last_message_at, last_message_id) AS newer
         FROM conversations WHERE id = $2) AS n
   WHERE clinic_id = $1 AND id = $2 RETURNING version`,
);

async function contactOf(client, clinic, phone, jid, name, at) {
  const found = await known(client, [clinic, phone]);
  if (found.rows.length) return found.rows[0].contact_id;
  const contact = (await create(client, [clinic, name, at, phone])).rows[0].id;
  await learn(client, [clinic, phone, jid, contact]);
  return contact;
}

async function conversationOf(client, clinic, contact) {
  const found = await lookUp(client, [clinic, contact]);
  if (found.rows.length) return found.rows[0].id;
  return (await open(client, [clinic, contact])).rows[0].id;
}

async function apply(client, event, { clinic, source, id }, body) {
  const { key, pushName, message, messageTimestamp: at } = event.data;
  const phone = key.remoteJid.split("@")[0];
  await lock(client, [`${clinic}:${phone}`]);
  if (!(await remember(client, [id, clinic, source, event.event, body])).rowCount) return [];
  const contact = await contactOf(client, clinic, phone, key.remoteJid, pushName, at);
  const conversation = await conversationOf(client, clinic, contact);
  const stored = await store(client, [clinic, conversation, source, key.id, pushName, message.conversation, at]);
  if (!stored.rows.length) return [];
  const row = stored.rows[0];
  const summary = await summarise(client, [clinic, conversation, source, row.id, row.timestamp, row.content]);
  const told = { conversationId: conversation, clinicId: String(clinic), version: summary.rows[0].version };
  return [
    [`{prosa:${clinic}:conversa:${conversation}}`, { type: "message:new", target: "conversa", data: row }],
    [`{prosa:${clinic}:empresa:${clinic}}`, { type: "conversation:list:updated", target: "global", data: told }],
  ];
}

const connection = await amqp.connect(amqpUrl);
const channel = await connection.createChannel();
await channel.prefetch(Number(prefetch));

async function work(delivery) {
  const event = JSON.parse(delivery.content);
  const client = await pool.connect();
  let frames;
  try {
    await client.query("BEGIN");
    frames = await apply(client, event, delivery.properties.headers, delivery.content);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
  await Promise.all(frames.map(([name, frame]) => redis.publish(name, JSON.stringify(frame))));
  channel.ack(delivery);
}

await channel.consume(queue, (delivery) => work(delivery));
console.log("ready");
