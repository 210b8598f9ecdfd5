// What an agent does with the first chat of which it hears, by whatever client:
// takes it, answers, forwards it to Support, takes it there, and closes it. Go
// plays the guest, and reads in the workspace's log what really happened.
'use strict';

// On these versions the methods are gone, and REST has the calls.
exports.byREST = () => Number(process.env.MAJOR) >= 8;

// say tells the test where we are.
exports.say = (...words) => console.log(words.join(' '));

// inbox collects what is heard, for wait to find.
exports.inbox = () => {
	const heard = [];
	let look = () => {};
	return {
		hear(message) {
			heard.push(message);
			look();
		},
		// wait is the first message that is as wanted.
		wait: (wanted) =>
			new Promise((resolve) => {
				look = () => {
					const found = heard.find(wanted);
					if (found) resolve(found);
				};
				look();
			}),
	};
};

// work does the work. The client has hear's inbox and the verbs.
exports.work = async (client, inbox) => {
	exports.say('ready');
	const { rid, msg } = await inbox.wait((m) => m.msg === 'hello' && m.token);
	exports.say('heard', msg);
	await client.take(await client.inquiry(rid));
	await client.reply(rid, 'good day');
	await inbox.wait((m) => m.rid === rid && m.msg === 'good day' && !m.token);
	await client.forward(rid, process.env.SUPPORT);
	await inbox.wait((m) => m.rid === rid && m.t === 'livechat_transfer_history');
	await client.take(await client.inquiry(rid));
	await client.close(rid, 'solved');
	await inbox.wait((m) => m.rid === rid && m.t === 'livechat-close' && m.msg === 'solved');
	exports.say('done');
};

// A client that waits for ever has failed, and says so before the test's end.
exports.run = (main) => {
	main().then(
		() => process.exit(0),
		(err) => {
			console.error(err);
			process.exit(1);
		},
	);
};
