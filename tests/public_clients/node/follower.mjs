// What any page does with the gateway, over whatever WebSocket it is given: join, follow, come back, resume.

const AGAIN_MS = 100;

export function follow(Socket, { url, token, conversation }, report) {
  let position;

  function connect() {
    const socket = new Socket(url, ["prosa.v1", `bearer.${token}`]);
    socket.onerror = () => {}; // `onclose` follows and says more
    socket.onmessage = (message) => take(socket, JSON.parse(message.data));
    socket.onclose = ({ code, reason }) => {
      report({ closed: code, reason });
      if (code < 4500) setTimeout(connect, AGAIN_MS);
    };
  }

  function take(socket, frame) {
    if (frame.type === "connected") {
      const data = { conversation_id: conversation, ...(position && { since: position }) };
      socket.send(JSON.stringify({ id: "1", type: "conversation:join", data }));
    } else if (frame.type === "reply") {
      const { seq, epoch, recovered, events } = frame.data;
      position = { seq, epoch };
      report({ joined: recovered, events: events.map((event) => event.seq), protocol: socket.protocol });
    } else if (frame.type === "going_away") {
      report({ going_away: true });
    } else if (frame.type === "message:new") {
      position = { seq: frame.seq, epoch: frame.epoch };
      report({ event: frame.seq, content: frame.data.content });
    }
  }

  connect();
}
