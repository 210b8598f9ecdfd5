// The work by npm @rocket.chat/sdk, which Hubot and many bots are made with: DDP
// by asteroid, with the plain password, and messages by the bare `true` that wants
// a collection.
'use strict';
const { driver, api } = require('@rocket.chat/sdk');
const { byREST, inbox, run, work } = require('./work');

const { USERNAME: username, PASSWORD: password } = process.env; // the URL it reads by itself
const quiet = () => {};
driver.useLog({ debug: quiet, info: quiet, warn: quiet, warning: quiet, error: console.error });

const posted = async (path, body) => {
	const answer = await api.post(path, body);
	if (!answer || !answer.success) throw new Error(`POST ${path}: ${JSON.stringify(answer)}`);
};

const client = {
	inquiry: async (rid) => (await api.get('livechat/inquiries.getOne', { roomId: rid })).inquiry._id,
	take: (inquiryId) => (byREST() ? posted('livechat/inquiries.take', { inquiryId }) : driver.asyncCall('livechat:takeInquiry', [inquiryId])),
	reply: (rid, text) => driver.sendToRoomId(text, rid),
	forward: (roomId, departmentId) => (byREST() ? posted('livechat/room.forward', { roomId, departmentId }) : driver.asyncCall('livechat:transfer', [{ roomId, departmentId }])),
	close: (rid, comment) => (byREST() ? posted('livechat/room.closeByUser', { rid, comment }) : driver.asyncCall('livechat:closeRoom', [rid, comment, { clientAction: true }])),
};

run(async () => {
	const box = inbox();
	await driver.connect();
	await driver.login({ username, password });
	await api.login({ username, password });
	await driver.subscribeToMessages();
	driver.reactToMessages((err, message) => {
		if (err) throw err;
		box.hear(Array.isArray(message) ? message[0] : message); // 3.x tells [[message], about]
	});
	await work(client, box);
});
