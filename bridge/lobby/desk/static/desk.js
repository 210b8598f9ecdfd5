// What the pages do beyond htmx: time in the reader's zone, the title's count,
// notifications, typing, files, dialogs. Loaded by every page but the call's.
'use strict';
(() => {
  const $ = (sel, root = document) => root.querySelector(sel);
  const $$ = (sel, root = document) => [...root.querySelectorAll(sel)];
  const log = () => $('.log');
  // kept are drafts: over pages when the browser lets them, else as long as this one.
  const drafts = {};
  const kept = {
    get: key => { try { return sessionStorage.getItem(key) || ''; } catch { return drafts[key] || ''; } },
    set: (key, text) => { try { if (text) sessionStorage.setItem(key, text); else sessionStorage.removeItem(key); } catch { drafts[key] = text; } },
  };
  const headers = () => JSON.parse(document.body.getAttribute('hx-headers') || '{}');

  // post sends a form that expects no answer.
  const post = (url, fields) => fetch(url, {method: 'POST', headers: headers(), body: new URLSearchParams(fields), keepalive: true}).catch(() => {});

  // ---- times
  const clock = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit'});
  const day = new Intl.DateTimeFormat(undefined, {weekday: 'long', day: 'numeric', month: 'long'});
  const full = new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeStyle: 'medium'});
  const short = new Intl.DateTimeFormat(undefined, {day: 'numeric', month: 'short'});
  const times = root => {
    for (const el of $$('time[datetime]:not([data-done])', root)) {
      const at = new Date(el.dateTime);
      if (isNaN(at)) continue;
      el.dataset.done = '1';
      el.title = full.format(at);
      el.textContent = el.classList.contains('full') ? full.format(at)
        : at.toDateString() === new Date().toDateString() || el.closest('.log') ? clock.format(at) : short.format(at);
    }
  };

  // days puts a line above the first message of each day.
  const days = list => {
    let last = '';
    for (const item of $$(':scope > li', list)) {
      if (item.classList.contains('day')) { if (item.dataset.day === last) item.remove(); else last = item.dataset.day; continue; }
      const el = $('time[datetime]', item);
      if (!el) continue;
      const at = new Date(el.dateTime), name = at.toDateString();
      if (name !== last && !(item.previousElementSibling && item.previousElementSibling.classList.contains('day'))) {
        const line = document.createElement('li');
        line.className = 'day';
        line.dataset.day = name;
        line.innerHTML = '<span></span>';
        line.firstChild.textContent = day.format(at);
        list.insertBefore(line, item);
      }
      last = name;
    }
  };

  // ---- the conversation
  const atEnd = el => el.scrollHeight - el.scrollTop - el.clientHeight < 120;
  const toEnd = el => { el.scrollTop = el.scrollHeight; };
  let watched = null, followed = true, wasEnd = true;
  const watchLog = () => {
    const el = log();
    if (!el || el === watched) return;
    watched = el;
    days(el);
    toEnd(el);
    el.addEventListener('scroll', () => {
      wasEnd = atEnd(el);
      const up = el.scrollTop < 300 && $(':scope > .earlier a', el);
      if (up) htmx.trigger(up, 'above');
    }, {passive: true});
    for (const img of $$('img', el)) img.addEventListener('load', () => wasEnd && toEnd(el), {once: true});
    wasEnd = true;
    const at = new URLSearchParams(location.search).get('at');
    if (at) goTo('m-' + at);
    seen();
  };
  const seen = () => {
    const el = log();
    if (!el || !el.dataset.seen) return;
    post(el.dataset.seen, document.visibilityState === 'visible' ? {read: '1'} : {});
  };
  const current = () => {
    const rid = log() ? log().dataset.rid : '';
    for (const a of $$('#side a[aria-current]')) a.removeAttribute('aria-current');
    const row = rid && $('#c-' + CSS.escape(rid) + ' a');
    if (row) row.setAttribute('aria-current', 'page');
    document.body.classList.toggle('chatting', !!rid);
  };

  // ---- toasts and notifications
  const mostToasts = 4;
  const fade = el => setTimeout(() => el.remove(), el.textContent.trim().length > 90 ? 9000 : 6000);
  const toasted = el => {
    const rid = el.dataset.rid;
    const open = $('dialog[open] .error');
    if (open && el.classList.contains('bad')) { open.textContent = $('.say', el).textContent; open.hidden = false; el.remove(); return; }
    const about = rid || (el.classList.contains('chat') ? 'queue' : '');
    for (const old of about ? $$('.toast') : []) if (old !== el && old.dataset.about === about) old.remove(); // the newest of each says enough
    if (about) el.dataset.about = about;
    for (const old of $$('.toast').slice(0, -mostToasts)) old.remove(); // the list and the title count the rest
    const here = rid && log() && log().dataset.rid === rid;
    if (here && document.visibilityState === 'visible') { el.remove(); return; }
    if (rid !== undefined && document.visibilityState === 'hidden' && window.Notification && Notification.permission === 'granted') {
      const n = new Notification($('strong', el) ? $('strong', el).textContent : document.title, {body: $('.say', el).textContent, tag: rid});
      n.onclick = () => { window.focus(); n.close(); if (rid) location.href = '/desk/chat/' + rid; };
    }
    if (document.visibilityState === 'visible') fade(el);
  };
  // complain says what went wrong on the way to the server.
  const complain = text => {
    const el = document.createElement('div'), say = document.createElement('span');
    el.className = 'toast bad';
    say.className = 'say';
    say.textContent = text;
    el.append(say);
    $('#toasts').append(el);
  };
  const askNotify = () => {
    if (document.body.classList.contains('desk') && window.Notification && Notification.permission === 'default') Notification.requestPermission();
  };
  document.addEventListener('click', askNotify, {once: true});

  const title = () => {
    const total = $('#total');
    if (!total) return;
    const n = Number(total.dataset.n);
    document.title = (n ? '(' + n + ') ' : '') + document.body.dataset.title;
  };

  // ---- writing
  let typingAt = 0, typingOff = 0;
  const typing = form => {
    if (!form.dataset.typing) return;
    if (Date.now() - typingAt > 3000) { typingAt = Date.now(); post(form.dataset.typing, {on: '1'}); }
    clearTimeout(typingOff);
    typingOff = setTimeout(() => { typingAt = 0; post(form.dataset.typing, {on: '0'}); }, 4000);
  };
  const stopTyping = form => {
    clearTimeout(typingOff);
    if (typingAt && form.dataset.typing) post(form.dataset.typing, {on: '0'});
    typingAt = 0;
  };
  const grow = area => { area.style.height = 'auto'; area.style.height = Math.min(area.scrollHeight, 180) + 'px'; };
  const draft = form => 'draft/' + form.dataset.draft;
  // outbox sends what is written, one message after the other. A message leaves the field
  // at once, so that it is not sent twice and what is written meanwhile is not lost; it
  // comes back when it can't be sent. Until it has arrived it is part of the draft. A chat
  // that is left and opened again meanwhile goes on with what was under way.
  const boxes = {};
  const outbox = (form, area, write) => {
    const box = boxes[draft(form)] ||= {waiting: [], busy: false, area, write};
    const waiting = box.waiting, under = waiting.join('\n'), all = kept.get(draft(form));
    write(under && all.startsWith(under) ? all.slice(under.length).trimStart() : all);
    Object.assign(box, {area, write});
    const keep = () => kept.set(draft(form), [...waiting, box.area.value].filter(t => t.trim()).join('\n'));
    const back = () => { box.write([...waiting.splice(0), box.area.value].filter(t => t.trim()).join('\n')); keep(); };
    const send = async () => {
      box.busy = true;
      while (waiting.length) {
        try {
          const res = await fetch(form.action, {method: 'POST', headers: {...headers(), 'HX-Request': 'true'}, body: new URLSearchParams({text: waiting[0]})});
          const to = res.headers.get('HX-Redirect');
          if (to) { back(); location.href = to; } else if (!res.ok) { back(); htmx.swap('#toasts', await res.text(), {swapStyle: 'none'}); } else { waiting.shift(); keep(); }
        } catch { back(); }
      }
      box.busy = false;
    };
    area.addEventListener('input', keep);
    form.addEventListener('submit', e => {
      e.preventDefault();
      if (!area.value.trim()) return;
      waiting.push(area.value);
      write(''); keep(); stopTyping(form); area.focus();
      if (!box.busy) send();
    });
  };
  const composers = root => {
    for (const form of $$('.composer', root)) {
      if (form.dataset.ready) continue;
      form.dataset.ready = '1';
      const area = $('textarea', form);
      const write = text => { area.value = text; grow(area); };
      area.addEventListener('input', () => { grow(area); if (area.value) typing(form); });
      const sends = e => e.key === 'Enter' && !e.shiftKey && !e.isComposing;
      area.addEventListener('keydown', e => { if (sends(e)) { e.preventDefault(); if (area.value.trim()) form.requestSubmit(); } });
      // what types in a person's stead gives the character too, whatever becomes of the key
      area.addEventListener('keypress', e => { if (sends(e)) e.preventDefault(); });
      outbox(form, area, write);
      if (matchMedia('(min-width: 760px)').matches) area.focus();
    }
  };
  let typingGone = 0;

  // ---- files
  const upload = async files => {
    const el = log(), form = $('.composer'); // of the chat that is open now, whatever is when it has arrived
    if (!el || !el.dataset.upload || !form) return;
    form.classList.add('sending');
    for (const file of files) {
      const body = new FormData();
      body.append('file', file);
      try {
        const res = await fetch(el.dataset.upload, {method: 'POST', headers: headers(), body});
        if (!res.ok) htmx.swap('#toasts', await res.text(), {swapStyle: 'none'});
      } catch { complain(file.name + ': ' + $('.lost').textContent); }
    }
    form.classList.remove('sending');
  };
  document.addEventListener('change', e => {
    if (!e.target.matches('[data-files]')) return;
    upload([...e.target.files]).finally(() => { e.target.value = ''; });
  });
  let dragging = 0;
  const dropping = on => document.body.classList.toggle('dropping', on && !!$('.composer'));
  const hasFiles = e => e.dataTransfer && [...e.dataTransfer.types].includes('Files');
  document.addEventListener('dragenter', e => { if (hasFiles(e)) { dragging++; dropping(true); } });
  document.addEventListener('dragleave', e => { if (hasFiles(e) && --dragging <= 0) { dragging = 0; dropping(false); } });
  document.addEventListener('dragover', e => { if (hasFiles(e)) e.preventDefault(); });
  document.addEventListener('drop', e => {
    if (!hasFiles(e)) return;
    e.preventDefault(); dragging = 0; dropping(false);
    upload([...e.dataTransfer.files]);
  });
  document.addEventListener('paste', e => {
    const files = [...(e.clipboardData ? e.clipboardData.files : [])];
    if (files.length && e.target.closest('.composer')) { e.preventDefault(); upload(files); }
  });

  // goTo brings a message before the reader's eyes, if it is in the page.
  const goTo = id => {
    const to = document.getElementById(id);
    if (!to) return false;
    wasEnd = false;
    to.scrollIntoView({block: 'center'});
    to.classList.add('found');
    setTimeout(() => to.classList.remove('found'), 4000);
    if (matchMedia('(max-width: 759px)').matches && $('#panel')) $('#panel').innerHTML = '';
    return true;
  };

  // ---- dialogs, menus and the panel
  const closeDialog = () => { const d = $('#dialog'); if (d && d.open) d.close(); };
  let opener = null;
  // reveal shows the fields that a box is about; those that are not seen must not count,
  // or what is wrong in them would keep the form from being sent.
  const reveal = box => {
    const part = document.getElementById(box.dataset.opens);
    part.hidden = !box.checked;
    for (const i of $$('input', part)) i.disabled = !box.checked;
  };
  const fillDialog = root => { for (const box of $$('[data-opens]', root)) reveal(box); for (const i of $$('[data-csrf]', root)) i.value = headers()['X-CSRF-Token']; };
  document.addEventListener('change', e => {
    if (e.target.dataset.opens) reveal(e.target);
    const form = e.target.closest('[data-named]');
    if (form && e.target.name === form.dataset.named) form.elements.name.value = e.target.selectedOptions[0].dataset.name || '';
  });
  document.addEventListener('click', e => {
    if (e.target.closest('[data-dismiss]')) e.target.closest('.toast').remove();
    if (e.target.closest('[data-close]')) closeDialog();
    if (e.target.closest('[data-close-panel]')) { $('#panel').innerHTML = ''; if (opener && opener.isConnected) opener.focus(); }
    const go = e.target.closest('[data-goto]');
    if (go && goTo(go.dataset.goto)) e.preventDefault(); // else the page is loaded anew, with the message
    for (const m of $$('details.menu[open]')) if (!m.contains(e.target)) m.open = false;
  });
  document.addEventListener('toggle', e => { if (e.target.open && e.target.matches('.menu')) $('.menu-list', e.target).scrollIntoView({block: 'nearest'}); }, true);
  document.addEventListener('keydown', e => {
    if (e.key !== 'Escape') return;
    for (const m of $$('details.menu[open]')) { m.open = false; $('summary', m).focus(); return; }
    if (!$('dialog[open]') && $('#panel') && $('#panel').firstElementChild) { $('#panel').innerHTML = ''; if (opener && opener.isConnected) opener.focus(); }
  });
  document.addEventListener('desk:done', closeDialog);
  document.addEventListener('submit', e => { if (e.target.matches('form[target=_blank]')) setTimeout(closeDialog, 0); });
  document.addEventListener('htmx:beforeRequest', e => { if (e.target.closest && e.target.closest('.quick, .menu')) opener = e.target; });
  // What one asks for last is what one sees: a view that is still on its way is given up
  // for the next in its place, and all that is shown of a chat for another chat.
  const coming = {};
  document.addEventListener('htmx:beforeRequest', e => {
    const to = e.detail.target.id;
    if (e.detail.requestConfig.verb !== 'get' || !['main', 'panel', 'dialog'].includes(to)) return;
    for (const id of to === 'main' ? Object.keys(coming) : [to]) if (coming[id]) coming[id].abort();
    coming[to] = e.detail.xhr;
  });
  // anew loads the page again, but not while somebody fills in a dialog.
  const anew = () => {
    const d = $('dialog[open]');
    if (d) d.addEventListener('close', () => location.reload(), {once: true}); else location.reload();
  };
  // What is put above the conversation leaves what is read where it is.
  let fromEnd = null;
  document.addEventListener('htmx:beforeSwap', e => { if (e.detail.target.matches('.earlier')) fromEnd = watched.scrollHeight - watched.scrollTop; });
  document.addEventListener('htmx:afterSwap', e => {
    if (fromEnd !== null && watched) { days(watched); watched.scrollTop = watched.scrollHeight - fromEnd; fromEnd = null; }
    const to = e.detail.target; // none when the news are put in
    if (!to) return;
    if (to.id === 'dialog') { if (!to.firstElementChild) return; fillDialog(to); if (!to.open) to.showModal(); const first = $('[autofocus], select, textarea, input:not([type=hidden])', to); if (first) first.focus(); }
    if (to.id === 'panel') { const first = $('[autofocus]', to); (first || to).focus({preventScroll: true}); for (const m of $$('details.menu[open]')) m.open = false; }
    if (to.id === 'main') { $('#panel').innerHTML = ''; current(); watchLog(); composers(to); if (!matchMedia('(min-width: 760px)').matches) to.scrollTo(0, 0); }
  });

  // ---- the live connection
  let opens = 0;
  document.addEventListener('htmx:sseOpen', () => { opens++; document.body.classList.remove('offline'); if (opens > 1 && document.body.classList.contains('desk')) anew(); });
  document.addEventListener('htmx:sseError', () => document.body.classList.add('offline'));
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') { seen(); $$('.toast').forEach(fade); } });

  // added is called for whatever htmx put into the page.
  const added = node => {
    if (node.nodeType !== 1) return;
    times(node);
    if (node.id === 'total') title();
    if (node.id === 'stale' && node.dataset.stale && !$('.over')) anew();
    if (node.classList.contains('toast')) toasted(node);
    composers(node);
    if (node.id === 'typing') { clearTimeout(typingGone); typingGone = setTimeout(() => { if (node.isConnected) node.replaceChildren(); }, 9000); }
    if (watched && node.parentNode === watched && !node.matches('.day, .old, .earlier')) {
      days(watched);
      if (wasEnd || node.classList.contains('mine')) toEnd(watched);
      for (const img of $$('img', node)) img.addEventListener('load', () => wasEnd && toEnd(watched), {once: true});
      if (node.classList.contains('guest') && document.visibilityState === 'visible') seen();
    }
  };
  new MutationObserver(list => { for (const m of list) for (const n of m.addedNodes) added(n); }).observe(document, {childList: true, subtree: true});
  document.addEventListener('DOMContentLoaded', () => { times(document); title(); current(); watchLog(); composers(document); });
  times(document); title(); current(); watchLog(); composers(document);
})();
