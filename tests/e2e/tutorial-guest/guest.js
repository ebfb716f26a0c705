// A client of the tutorial's kind, for tests: subprotocol `json`, no key, no ringing.
//
// It is careless where the tutorial's page is careless, because a server and the other clients have
// to live with that: it puts what it is told into the page as markup, answers an offer with media
// that only a second offer brings along, and has forgotten whom it hangs up on.

const element = (selector) => document.querySelector(selector);

let link = null;
let session = null;
let ownName = null;
let other = null;
let peer = null;
let camera = null;

const tell = (message) => link.send(JSON.stringify(message));

element("#login").addEventListener("click", () => {
  link = new WebSocket(`ws://${location.host}`, "json");
  link.addEventListener("open", () => {
    element("#text").disabled = false;
    element("#send").disabled = false;
  });
  link.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data);
    hear[message.type]?.(message);
  });
});

element("#send").addEventListener("click", () => {
  tell({ type: "message", id: session, date: Date.now(), text: element("#text").value });
  element("#text").value = "";
});

element("#hangup-button").addEventListener("click", () => {
  forget();
  tell({ type: "hang-up", name: ownName, target: other });
});

const hear = {
  id({ id }) {
    session = id;
    ownName = element("#name").value;
    tell({ type: "username", id, date: Date.now(), name: ownName });
  },
  rejectusername({ name }) {
    ownName = name;
    write(`You are <b>${name}</b>`);
  },
  username: ({ name }) => write(`<b>${name}</b> is here`),
  message: ({ name, text }) => write(`<b>${name}</b>: ${text}`),
  userlist({ users }) {
    const items = users.map((name) => {
      const item = document.createElement("li");
      item.textContent = name;
      item.addEventListener("click", () => void call(name));
      return item;
    });
    element(".userlistbox").replaceChildren(...items);
  },
  async "video-offer"({ name, sdp }) {
    other = name;
    peer ??= connection();
    await peer.setRemoteDescription(sdp);
    if (!camera) await sendCamera();
    await peer.setLocalDescription();
    tell({ type: "video-answer", name: ownName, target: other, sdp: peer.localDescription });
  },
  "video-answer": ({ sdp }) => void peer.setRemoteDescription(sdp),
  "new-ice-candidate": ({ candidate }) => void peer?.addIceCandidate(candidate),
  "hang-up": () => forget(),
};

function write(markup) {
  element(".chatbox").insertAdjacentHTML("beforeend", `${markup}<br>`);
}

async function call(name) {
  if (peer || name === ownName) return;
  other = name;
  peer = connection();
  await sendCamera();
}

function connection() {
  const made = new RTCPeerConnection();
  made.onicecandidate = ({ candidate }) => {
    if (candidate) tell({ type: "new-ice-candidate", target: other, candidate });
  };
  made.ontrack = ({ streams }) => {
    element("#received_video").srcObject = streams[0];
    element("#hangup-button").disabled = false;
  };
  made.oniceconnectionstatechange = () => {
    if (["disconnected", "failed", "closed"].includes(made.iceConnectionState)) forget();
  };
  made.onnegotiationneeded = async () => {
    const offer = await made.createOffer();
    if (made.signalingState !== "stable") return;
    await made.setLocalDescription(offer);
    tell({ type: "video-offer", name: ownName, target: other, sdp: made.localDescription });
  };
  return made;
}

async function sendCamera() {
  camera = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  element("#local_video").srcObject = camera;
  for (const track of camera.getTracks()) peer.addTransceiver(track, { streams: [camera] });
}

function forget() {
  for (const track of camera?.getTracks() ?? []) track.stop();
  peer?.close();
  peer = camera = other = null;
  element("#hangup-button").disabled = true;
}
