// The work by npm @rocket.chat/ddp-client, with which Rocket.Chat's own newer
// clients speak: resumed login, streams without a collection, and REST beside.
'use strict';
const crypto = require('node:crypto');
global.WebSocket = require('ws');
const { DDPSDK } = require('@rocket.chat/ddp-client');
const { byREST, inbox, run, work } = require('./work');

const { ROCKETCHAT_URL: url, USERNAME: username, PASSWORD: password } = process.env;

run(async () => {
	const box = inbox();
	const sdk = await DDPSDK.createAndConnect(url);
	await sdk.account.loginWithPassword(username, crypto.createHash('sha256').update(password).digest('hex'));
	await sdk.account.loginWithToken(sdk.account.user.token);

	const rest = async (verb, path, body) => {
		const headers = { 'Content-Type': 'application/json', 'X-User-Id': sdk.account.uid, 'X-Auth-Token': sdk.account.user.token };
		const answer = await (await fetch(`${url}/api/v1/${path}`, { method: verb, headers, body: body && JSON.stringify(body) })).json();
		if (!answer.success) throw new Error(`${verb} ${path}: ${JSON.stringify(answer)}`);
		return answer;
	};
	const by = (path, body, method, ...params) => (byREST() ? rest('POST', path, body) : sdk.call(method, ...params));

	const stream = sdk.stream('room-messages', '__my_messages__', (message) => box.hear(Array.isArray(message) ? message[0] : message));
	await stream.ready();
	await work(
		{
			inquiry: async (rid) => (await rest('GET', `livechat/inquiries.getOne?roomId=${rid}`)).inquiry._id,
			take: (inquiryId) => by('livechat/inquiries.take', { inquiryId }, 'livechat:takeInquiry', inquiryId),
			reply: (rid, msg) => sdk.call('sendMessage', { _id: crypto.randomBytes(8).toString('hex'), rid, msg }),
			forward: (roomId, departmentId) => by('livechat/room.forward', { roomId, departmentId }, 'livechat:transfer', { roomId, departmentId }),
			close: (rid, comment) => by('livechat/room.closeByUser', { rid, comment }, 'livechat:closeRoom', rid, comment, { clientAction: true }),
		},
		box,
	);
	sdk.connection.close();
});
