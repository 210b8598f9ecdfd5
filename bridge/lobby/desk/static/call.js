// A call of two: each browser tells the other what it offers by way of the
// workspace, and sound and pictures go straight between them. No other servers.
'use strict';
(() => {
  const set = document.body.dataset;
  const $ = id => document.getElementById(id);
  const me = crypto.randomUUID();
  let peer = null, other = '', polite = false, making = false, ignoring = false, local = null, over = false;
  let waiting = Promise.resolve();

  const say = text => { $('state').textContent = text; };
  // One after another: an offer that overtakes the word who makes it is not listened
  // to. A bye cannot wait, for the page goes.
  let sending = Promise.resolve();
  const tell = (kind, data) => {
    const body = JSON.stringify({kind, data: {...data, from: me, to: other}});
    const send = () => fetch(set.signal, {
      method: 'POST', headers: {'Content-Type': 'application/json', 'X-CSRF-Token': set.csrf}, keepalive: kind === 'bye', body,
    }).then(answer => answer.ok, () => false);
    // A workspace takes so many words a second, and without one of these there is no call.
    const insist = async () => {
      for (let n = 0; n < 10 && !over && !await send(); n++) await new Promise(done => setTimeout(done, 1000));
    };
    if (kind === 'bye') send();
    else sending = sending.then(insist);
  };

  const connect = () => {
    if (peer) peer.close();
    peer = new RTCPeerConnection({iceServers: []});
    if (local) for (const track of local.getTracks()) peer.addTrack(track, local);
    else { peer.addTransceiver('video', {direction: 'recvonly'}); peer.addTransceiver('audio', {direction: 'recvonly'}); }
    peer.onicecandidate = e => e.candidate && tell('candidate', {candidate: e.candidate.toJSON()});
    peer.ontrack = e => { const v = $('there'); if (v.srcObject !== e.streams[0]) v.srcObject = e.streams[0] || new MediaStream([e.track]); };
    peer.onnegotiationneeded = async () => {
      const p = peer;
      if (polite) return; // one of two offers: taking an offer back can leave a browser without candidates
      try { making = true; await p.setLocalDescription(); if (p === peer) tell('description', {description: p.localDescription.toJSON()}); } finally { making = false; }
    };
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === 'connected') { say(set.with); document.body.classList.add('connected'); }
      if (peer.connectionState === 'failed') { say(set.lost); peer.restartIce(); }
    };
  };

  // The one with the greater name offers, the other answers.
  const meet = id => { other = id; polite = me < id; connect(); };

  const heard = {
    join: from => { if (!other || other === from) { meet(from); tell('welcome', {}); } else tellFull(from); },
    welcome: from => { if (!other) meet(from); },
    full: () => { if (!other) { say(set.full); over = true; } },
    bye: from => { if (from !== other) return; other = ''; if (peer) peer.close(); peer = null; $('there').srcObject = null; document.body.classList.remove('connected'); say(set.left); },
    description: async (from, {description}) => {
      if (from !== other || !peer) return;
      const clash = description.type === 'offer' && (making || peer.signalingState !== 'stable');
      ignoring = !polite && clash;
      if (ignoring) return;
      await peer.setRemoteDescription(description);
      if (description.type === 'offer') { await peer.setLocalDescription(); tell('description', {description: peer.localDescription.toJSON()}); }
    },
    candidate: async (from, {candidate}) => {
      if (from !== other || !peer) return;
      try { await peer.addIceCandidate(candidate); } catch (err) { if (!ignoring) throw err; }
    },
  };
  const tellFull = to => { const was = other; other = to; tell('full', {}); other = was; };

  const hear = (kind, data) => {
    if (!data || data.from === me || data.to && data.to !== me || over || !heard[kind]) return;
    waiting = waiting.then(() => heard[kind](data.from, data)).catch(err => console.error(err));
  };

  const toggle = (button, kind) => {
    const on = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(on));
    if (local) for (const t of local.getTracks()) if (t.kind === kind) t.enabled = on;
  };

  const begin = async () => {
    try {
      local = await navigator.mediaDevices.getUserMedia({video: true, audio: true});
      for (const t of local.getTracks()) t.enabled = set[t.kind] === 'true';
      $('here').srcObject = local;
    } catch { local = null; say(set.denied); }
    const source = new EventSource(set.events);
    source.addEventListener('ready', () => tell('join', {}));
    source.onmessage = e => { const [kind, data] = JSON.parse(e.data); hear(kind, data); };
    $('mic').onclick = () => toggle($('mic'), 'audio');
    $('cam').onclick = () => toggle($('cam'), 'video');
    const hang = () => {
      if (over) return;
      over = true; tell('bye', {}); source.close();
      if (peer) peer.close();
      if (local) for (const t of local.getTracks()) t.stop();
      $('there').srcObject = null; document.body.classList.remove('connected'); document.body.classList.add('ended'); say(set.ended);
    };
    $('hang').onclick = hang;
    addEventListener('pagehide', hang);
  };
  begin();
})();
