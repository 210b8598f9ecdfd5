//go:build go1.20

package desk

import (
	"strconv"
	"strings"
)

// languages are those that Bellhop speaks, in the order of the tables' columns.
var languages = []string{"en", "de", "es", "fr", "pt", "ar", "hi", "zh"}

func languageNumber(language string) int {
	for n, l := range languages {
		if l == language {
			return n
		}
	}
	return -1
}

// text is a text in the language, with {0}, {1}, ... replaced; "" when there is none
// of that name.
func text(language, name string, args ...string) string {
	row := texts[name]
	n := languageNumber(language)
	if n < 0 || n >= len(row) {
		n = 0
	}
	if len(row) == 0 {
		return ""
	}
	says := row[n]
	for i, a := range args {
		says = strings.ReplaceAll(says, "{"+strconv.Itoa(i)+"}", a)
	}
	return says
}

// usage is what stands behind a command. CHAT is #NAME, #ID or a link.
func usage(command string) string { return usages[command] }

var usages = map[string]string{
	"chats": "", "room": "[#CHAT]", "history": "[#CHAT] [N]", "search": `[#CHAT] TEXT | /REGEXP/`, "files": "[#CHAT] [pdf | image | NAME]",
	"past": "[#CHAT]", "why": "[#CHAT]", "undo": "[#CHAT]", "take": "[#CHAT]", "reply": "[#CHAT] TEXT", "forward": "[#CHAT] DEPARTMENT | @AGENT",
	"queue": "[#CHAT]", "tag": "[#CHAT] TAG, TAG", "untag": "[#CHAT] TAG, TAG", "field": "[#CHAT] NAME VALUE", "priority": "[#CHAT] NAME",
	"hold": "[#CHAT] TEXT", "resume": "[#CHAT]", "transcript": "[#CHAT] [ADDRESS]", "call": "[#CHAT] [TEXT]",
	"contact": "[#CHAT] [name=… email=… phone=… FIELD=…]", "close": "[#CHAT] [TEXT]", "available": "[on | off]", "quiet": "[on | off]",
	"language": strings.Join(languages, " | "), "help": "[COMMAND]",
}

// example is a command as somebody would write it.
func example(command string) string { return examples[command] }

var examples = map[string]string{
	"history": "history #Maya 20", "search": `search /error\d{3}/`, "reply": "reply #Maya I am looking into it", "forward": "forward #Maya Billing",
	"tag": "tag refund, urgent", "untag": "untag refund", "field": "field order_no O-17", "transcript": "transcript maya@example.org",
	"contact": `contact name="Maya Jones" email=maya@example.org`, "available": "available off", "quiet": "quiet off",
}

// texts are all texts that people read, in the order of languages. What stands in
// backquotes is written to Bellhop as it is, in every language.
var texts = map[string][]string{
	// Who Bellhop is, and what can be said to it.
	"hello": {
		"Hello, I am Bellhop, a bot that helps with the chats here. {0} runs me. I tell you what was done in your chats, and why. Reply in a chat's thread: `why`, `undo`, or `quiet` if I write too much; `help` shows what else I can do.",
		"Hallo, ich bin Bellhop, ein Bot, der hier bei den Chats hilft. {0} betreibt mich. Ich sage dir, was in deinen Chats getan wurde und warum. Antworte im Thread eines Chats: `why` (warum), `undo` (zurücknehmen) oder `quiet`, wenn ich zu viel schreibe; `help` zeigt, was ich sonst kann.",
		"Hola, soy Bellhop, un bot que ayuda con los chats de aquí. Me gestiona {0}. Te digo qué se ha hecho en tus chats y por qué. Responde en el hilo de un chat: `why` (por qué), `undo` (deshacer) o `quiet` si escribo demasiado; `help` muestra qué más sé hacer.",
		"Bonjour, je suis Bellhop, un robot qui aide pour les conversations ici. Je suis géré par {0}. Je te dis ce qui a été fait dans tes conversations, et pourquoi. Réponds dans le fil d'une conversation : `why` (pourquoi), `undo` (annuler) ou `quiet` si j'écris trop ; `help` montre ce que je sais faire d'autre.",
		"Olá, sou o Bellhop, um bot que ajuda com as conversas daqui. Quem me administra: {0}. Digo-lhe o que foi feito nas suas conversas e porquê. Responda no tópico de uma conversa: `why` (porquê), `undo` (desfazer) ou `quiet` se eu escrever demais; `help` mostra o que mais sei fazer.",
		"مرحبًا، أنا Bellhop، روبوت يساعد في المحادثات هنا. المسؤول عن تشغيلي: {0}. أخبرك بما جرى في محادثاتك ولماذا. أجب في سلسلة المحادثة: `why` (لماذا) أو `undo` (تراجع) أو `quiet` إذا كنت أكتب أكثر من اللازم؛ و`help` يعرض ما أستطيع فعله أيضًا.",
		"नमस्ते, मैं Bellhop हूँ, यहाँ की चैट में मदद करने वाला बॉट। मुझे {0} चलाते हैं। मैं आपको बताता हूँ कि आपकी चैट में क्या किया गया और क्यों। चैट के थ्रेड में उत्तर दें: `why` (क्यों), `undo` (वापस लें), या `quiet` अगर मैं बहुत लिखता हूँ; `help` दिखाता है कि मैं और क्या कर सकता हूँ।",
		"你好，我是 Bellhop，在这里协助处理聊天的机器人。负责运行我的是{0}。我会告诉你在你的聊天中做了什么以及原因。请在聊天的讨论串中回复：`why`（为什么）、`undo`（撤销），如果我写得太多就回复 `quiet`；`help` 会显示我还能做什么。",
	},
	"an admin":    {"An admin of this workspace", "Ein Admin dieses Workspace", "un administrador de este espacio de trabajo", "un administrateur de cet espace de travail", "um administrador deste espaço de trabalho", "أحد مسؤولي مساحة العمل هذه", "इस कार्यक्षेत्र के एक व्यवस्थापक", "此工作区的一位管理员"},
	"you can":     {"You can tell me:", "Du kannst mir sagen:", "Puedes decirme:", "Tu peux me dire :", "Pode dizer-me:", "يمكنك أن تقول لي:", "आप मुझसे कह सकते हैं:", "你可以对我说："},
	"no command":  {"I know no command `{0}` that you may use. `help` alone shows what I can do for you.", "Ich kenne keinen Befehl `{0}`, den du benutzen darfst. `help` allein zeigt, was ich für dich tun kann.", "No conozco ninguna orden `{0}` que puedas usar. `help` a solas muestra lo que puedo hacer por ti.", "Je ne connais pas de commande `{0}` que tu puisses utiliser. `help` seul montre ce que je peux faire pour toi.", "Não conheço nenhum comando `{0}` que possa usar. `help` sozinho mostra o que posso fazer por si.", "لا أعرف أمرًا `{0}` يمكنك استخدامه. `help` وحده يعرض ما أستطيع فعله لك.", "मुझे ऐसा कोई आदेश `{0}` नहीं पता जिसका आप उपयोग कर सकें। केवल `help` लिखने पर दिखता है कि मैं आपके लिए क्या कर सकता हूँ।", "我不知道你可以使用的命令 `{0}`。只写 `help` 会显示我能为你做什么。"},
	"name a chat": {"Without #CHAT I take the chat in whose thread you write, or else your latest. A chat is named by its guest, such as `#Maya` or `#\"Maya Jones\"`, by `#` and its id, or by its link.", "Ohne #CHAT nehme ich den Chat, in dessen Thread du schreibst, sonst deinen letzten. Ein Chat heißt nach seinem Gast, etwa `#Maya` oder `#\"Maya Jones\"`, nach `#` und seiner ID, oder du nennst seinen Link.", "Sin #CHAT tomo el chat en cuyo hilo escribes o, si no, el último tuyo. Un chat se nombra por su visitante, como `#Maya` o `#\"Maya Jones\"`, por `#` y su id, o por su enlace.", "Sans #CHAT, je prends la conversation dans le fil de laquelle tu écris, sinon ta dernière. Une conversation se nomme par son visiteur, comme `#Maya` ou `#\"Maya Jones\"`, par `#` et son identifiant, ou par son lien.", "Sem #CHAT, uso a conversa em cujo tópico escreve ou, senão, a sua última. Uma conversa é indicada pelo visitante, como `#Maya` ou `#\"Maya Jones\"`, por `#` e o seu id, ou pela ligação.", "من دون #CHAT آخذ المحادثة التي تكتب في سلسلتها، وإلا فآخر محادثة لك. تُسمّى المحادثة باسم زائرها، مثل `#Maya` أو `#\"Maya Jones\"`، أو بعلامة `#` ومعرّفها، أو برابطها.", "#CHAT के बिना मैं वह चैट लेता हूँ जिसके थ्रेड में आप लिखते हैं, नहीं तो आपकी सबसे हाल की चैट। चैट का नाम उसके अतिथि से होता है, जैसे `#Maya` या `#\"Maya Jones\"`, या `#` और उसकी id से, या उसके लिंक से।", "不写 #CHAT 时，我采用你所在讨论串的聊天，否则采用你最近的聊天。聊天可用访客名指定，如 `#Maya` 或 `#\"Maya Jones\"`，也可用 `#` 加其 id，或用其链接。"},

	// Which chat.
	"no chat":      {"You serve no chat now. Name one: {0}. `chats` lists those that you may use.", "Du betreust gerade keinen Chat. Nenne einen: {0}. `chats` zeigt die, die du benutzen darfst.", "Ahora no atiendes ningún chat. Nombra uno: {0}. `chats` muestra los que puedes usar.", "Tu ne t'occupes d'aucune conversation en ce moment. Nommes-en une : {0}. `chats` montre celles que tu peux utiliser.", "Não está a atender nenhuma conversa. Indique uma: {0}. `chats` mostra as que pode usar.", "أنت لا تتولى أي محادثة الآن. سمِّ واحدة: {0}. يعرض `chats` ما يمكنك استخدامه.", "आप अभी कोई चैट नहीं सँभाल रहे। किसी एक का नाम दें: {0}। `chats` वे दिखाता है जिनका आप उपयोग कर सकते हैं।", "你现在没有正在服务的聊天。请指定一个：{0}。`chats` 会列出你可以使用的聊天。"},
	"unknown chat": {"I know no chat \"{0}\" that you may use. `chats` lists them.", "Ich kenne keinen Chat „{0}“, den du benutzen darfst. `chats` zeigt sie.", "No conozco ningún chat «{0}» que puedas usar. `chats` los muestra.", "Je ne connais pas de conversation « {0} » que tu puisses utiliser. `chats` les montre.", "Não conheço nenhuma conversa \"{0}\" que possa usar. `chats` mostra-as.", "لا أعرف محادثة \"{0}\" يمكنك استخدامها. يعرضها `chats`.", "मुझे ऐसी कोई चैट \"{0}\" नहीं पता जिसका आप उपयोग कर सकें। `chats` उन्हें दिखाता है।", "我不知道你可以使用的聊天“{0}”。`chats` 会列出它们。"},
	"which chat":   {"Which \"{0}\" do you mean? Name the chat by its id:", "Welcher „{0}“ ist gemeint? Nenne den Chat bei seiner ID:", "¿A qué «{0}» te refieres? Nombra el chat por su id:", "De quel « {0} » s'agit-il ? Nomme la conversation par son identifiant :", "A qual \"{0}\" se refere? Indique a conversa pelo id:", "أي \"{0}\" تقصد؟ سمِّ المحادثة بمعرّفها:", "आपका मतलब किस \"{0}\" से है? चैट को उसकी id से बताएँ:", "你指的是哪个“{0}”？请用 id 指定聊天："},
	"and more":     {"and {0} more", "und {0} weitere", "y {0} más", "et {0} de plus", "e mais {0}", "و{0} أخرى", "और {0} अन्य", "还有 {0} 个"},
	"has ended":    {"this chat has ended.", "dieser Chat ist beendet.", "este chat ha terminado.", "cette conversation est terminée.", "esta conversa terminou.", "انتهت هذه المحادثة.", "यह चैट समाप्त हो चुकी है।", "此聊天已结束。"},
	"your chats":   {"Your chats:", "Deine Chats:", "Tus chats:", "Tes conversations :", "As suas conversas:", "محادثاتك:", "आपकी चैट:", "你的聊天："},
	"in the queue": {"In the queue:", "In der Warteschlange:", "En la cola:", "Dans la file d'attente :", "Na fila:", "في قائمة الانتظار:", "कतार में:", "排队中："},
	"other chats":  {"Chats of others:", "Chats anderer:", "Chats de otros:", "Conversations des autres :", "Conversas de outros:", "محادثات الآخرين:", "दूसरों की चैट:", "其他人的聊天："},
	"no chats":     {"There is no open chat that you may use.", "Es gibt keinen offenen Chat, den du benutzen darfst.", "No hay ningún chat abierto que puedas usar.", "Il n'y a pas de conversation ouverte que tu puisses utiliser.", "Não há nenhuma conversa aberta que possa usar.", "لا توجد محادثة مفتوحة يمكنك استخدامها.", "ऐसी कोई खुली चैट नहीं है जिसका आप उपयोग कर सकें।", "没有你可以使用的进行中的聊天。"},
	"write":        {"Write it like {0}, for example {1}.", "Schreib es so: {0}, zum Beispiel {1}.", "Escríbelo así: {0}, por ejemplo {1}.", "Écris-le ainsi : {0}, par exemple {1}.", "Escreva assim: {0}, por exemplo {1}.", "اكتبه هكذا: {0}، مثلًا {1}.", "इसे ऐसे लिखें: {0}, उदाहरण के लिए {1}।", "请这样写：{0}，例如 {1}。"},

	// How a chat stands.
	"is queued": {"waits in the queue", "wartet in der Schlange", "espera en la cola", "en file d'attente", "espera na fila", "في الانتظار", "कतार में प्रतीक्षा", "排队中"},
	"is taken":  {"is served", "wird betreut", "atendido", "prise en charge", "em atendimento", "قيد الخدمة", "सेवा में", "服务中"},
	"is held":   {"is on hold", "pausiert", "en espera", "en attente", "em espera", "معلّقة", "होल्ड पर", "已搁置"},
	"is closed": {"has ended", "beendet", "terminado", "terminée", "terminada", "منتهية", "समाप्त", "已结束"},
	"waits for": {"waits {0} for an answer", "wartet seit {0} auf Antwort", "espera respuesta desde hace {0}", "attend une réponse depuis {0}", "espera resposta há {0}", "ينتظر ردًا منذ {0}", "{0} से उत्तर की प्रतीक्षा", "等待答复已 {0}"},
	"opened":    {"opened", "begonnen", "abierto", "ouverte", "aberta", "بدأت", "शुरू", "开始"},
	"closed":    {"closed", "geschlossen", "cerrado", "fermée", "fechada", "أُغلقت", "बंद", "关闭"},
	"comment":   {"closing comment", "Schlusskommentar", "comentario de cierre", "commentaire de clôture", "comentário de encerramento", "تعليق الإغلاق", "समापन टिप्पणी", "结束备注"},
	"channel":   {"channel", "Kanal", "canal", "canal de contact", "canal de contacto", "القناة", "चैनल", "渠道"},
	"topic":     {"topic", "Thema", "tema", "sujet", "assunto", "الموضوع", "विषय", "主题"},
	"tags":      {"tags", "Schlagwörter", "etiquetas", "étiquettes", "marcadores", "الوسوم", "टैग", "标签"},
	"queue time": {
		"time in the queue", "Wartezeit", "tiempo en cola", "temps d'attente", "tempo na fila", "مدة الانتظار", "कतार में समय", "排队时间",
	},
	"first response": {"first response after", "erste Antwort nach", "primera respuesta tras", "première réponse après", "primeira resposta após", "أول رد بعد", "पहला उत्तर इतने समय बाद", "首次答复用时"},

	// Who the guest is.
	"name":            {"name", "Name", "nombre", "nom", "nome", "الاسم", "नाम", "姓名"},
	"email":           {"email", "E-Mail", "correo", "e-mail", "correio eletrónico", "البريد الإلكتروني", "ईमेल", "邮箱"},
	"phone":           {"phone", "Telefon", "teléfono", "téléphone", "telefone", "الهاتف", "फ़ोन", "电话"},
	"looked after by": {"looked after by", "betreut von", "a cargo de", "suivi par", "acompanhado por", "يتولاه", "देखभाल", "负责人"},
	"conflicts":       {"conflicts about", "Widersprüche bei", "conflictos en", "contradictions sur", "conflitos em", "تعارضات في", "इनमें विरोध", "存在冲突"},
	"unread":          {"the contact could not be read", "der Kontakt war nicht zu lesen", "no se pudo leer el contacto", "le contact n'a pas pu être lu", "não foi possível ler o contacto", "تعذّرت قراءة جهة الاتصال", "संपर्क पढ़ा नहीं जा सका", "无法读取联系人"},

	// What was found, or not.
	"nothing found": {"nothing found for {0}.", "nichts gefunden für {0}.", "no se encontró nada para {0}.", "rien trouvé pour {0}.", "nada encontrado para {0}.", "لم يُعثر على شيء لـ {0}.", "{0} के लिए कुछ नहीं मिला।", "没有找到 {0}。"},
	"bad pattern":   {"the pattern can't be used: {0}. Between two slashes stands a regular expression, such as `/error\\d{3}/`; a character with a meaning of its own, such as `(`, needs a `\\` before it. Without slashes I look for the words as they are.", "das Muster ist nicht brauchbar: {0}. Zwischen zwei Schrägstrichen steht ein regulärer Ausdruck, etwa `/error\\d{3}/`; vor einem Zeichen mit eigener Bedeutung, etwa `(`, steht `\\`. Ohne Schrägstriche suche ich die Wörter, wie sie sind.", "el patrón no sirve: {0}. Entre dos barras va una expresión regular, como `/error\\d{3}/`; un carácter con significado propio, como `(`, lleva `\\` delante. Sin barras busco las palabras tal cual.", "le motif est inutilisable : {0}. Entre deux barres obliques se trouve une expression régulière, comme `/error\\d{3}/` ; un caractère qui a un sens propre, comme `(`, est précédé de `\\`. Sans barres, je cherche les mots tels quels.", "o padrão não serve: {0}. Entre duas barras fica uma expressão regular, como `/error\\d{3}/`; um carácter com significado próprio, como `(`, leva `\\` antes. Sem barras procuro as palavras tal como estão.", "لا يمكن استخدام النمط: {0}. بين شرطتين مائلتين يوضع تعبير نمطي، مثل `/error\\d{3}/`؛ والحرف ذو المعنى الخاص، مثل `(`، تسبقه `\\`. ومن دون الشرطتين أبحث عن الكلمات كما هي.", "पैटर्न का उपयोग नहीं हो सकता: {0}। दो स्लैश के बीच रेगुलर एक्सप्रेशन होता है, जैसे `/error\\d{3}/`; विशेष अर्थ वाले अक्षर, जैसे `(`, से पहले `\\` लगता है। स्लैश के बिना मैं शब्दों को ज्यों का त्यों खोजता हूँ।", "该模式无法使用：{0}。两个斜杠之间应为正则表达式，例如 `/error\\d{3}/`；有特殊含义的字符，如 `(`，前面要加 `\\`。不加斜杠时，我按原样查找文字。"},
	"no slash":      {"a slash is missing at its end, or nothing stands between the slashes", "am Ende fehlt ein Schrägstrich, oder zwischen den Schrägstrichen steht nichts", "falta una barra al final, o no hay nada entre las barras", "il manque une barre oblique à la fin, ou il n'y a rien entre les barres", "falta uma barra no fim, ou não há nada entre as barras", "تنقص شرطة مائلة في النهاية، أو لا شيء بين الشرطتين", "अंत में स्लैश नहीं है, या स्लैश के बीच कुछ नहीं है", "末尾缺少斜杠，或斜杠之间没有内容"},
	"no past":       {"the guest has had no earlier chat.", "der Gast hatte noch keinen früheren Chat.", "el visitante no ha tenido chats anteriores.", "le visiteur n'a pas eu de conversation auparavant.", "o visitante não teve conversas anteriores.", "لم تكن للزائر محادثات سابقة.", "अतिथि की कोई पिछली चैट नहीं है।", "该访客没有以前的聊天。"},
	"nothing done":  {"I have done nothing in this chat.", "in diesem Chat habe ich nichts getan.", "no he hecho nada en este chat.", "je n'ai rien fait dans cette conversation.", "não fiz nada nesta conversa.", "لم أفعل شيئًا في هذه المحادثة.", "मैंने इस चैट में कुछ नहीं किया है।", "我在此聊天中什么也没做。"},
	"no target":     {"there is no \"{0}\" to forward to. There are: {1}.", "„{0}“ gibt es nicht als Ziel. Es gibt: {1}.", "no existe «{0}» como destino. Existen: {1}.", "« {0} » n'existe pas comme destination. Il y a : {1}.", "não existe \"{0}\" como destino. Existem: {1}.", "لا توجد وجهة باسم \"{0}\". الموجود: {1}.", "भेजने के लिए कोई \"{0}\" नहीं है। ये हैं: {1}।", "没有可转接的“{0}”。可选：{1}。"},

	// What became of it.
	"not done":        {"that was not to be had: {0}", "das war nicht zu haben: {0}", "no se pudo obtener: {0}", "impossible à obtenir : {0}", "não foi possível obter: {0}", "تعذّر الحصول على ذلك: {0}", "यह नहीं मिल सका: {0}", "无法获取：{0}"},
	"failed":          {"{0}: not done, {1}", "{0}: nicht getan, {1}", "{0}: no se hizo, {1}", "{0} : pas fait, {1}", "{0}: não foi feito, {1}", "{0}: لم يُنفَّذ، {1}", "{0}: नहीं हुआ, {1}", "{0}：未执行，{1}"},
	"unconfirmed":     {"{0}: nobody knows whether it was done, {1}", "{0}: niemand weiß, ob es getan wurde, {1}", "{0}: nadie sabe si se hizo, {1}", "{0} : nul ne sait si c'est fait, {1}", "{0}: ninguém sabe se foi feito, {1}", "{0}: لا أحد يعلم هل نُفِّذ، {1}", "{0}: किसी को नहीं पता कि हुआ या नहीं, {1}", "{0}：无人知道是否已执行，{1}"},
	"undone":          {"taken back: {0}", "zurückgenommen: {0}", "deshecho: {0}", "annulé : {0}", "desfeito: {0}", "تم التراجع: {0}", "वापस लिया गया: {0}", "已撤销：{0}"},
	"under way":       {"under way: {0}", "unterwegs: {0}", "en curso: {0}", "en cours : {0}", "em curso: {0}", "قيد التنفيذ: {0}", "जारी: {0}", "进行中：{0}"},
	"was so":          {"it was so already", "es war schon so", "ya estaba así", "c'était déjà le cas", "já estava assim", "كان الأمر كذلك من قبل", "पहले से ऐसा था", "原本就是这样"},
	"because":         {"because: {0}", "Grund: {0}", "motivo: {0}", "raison : {0}", "porque: {0}", "السبب: {0}", "कारण: {0}", "原因：{0}"},
	"ordered":         {"ordered by {0}", "angeordnet von {0}", "ordenado por {0}", "demandé par {0}", "pedido por {0}", "بطلب من {0}", "{0} के आदेश से", "由 {0} 下令"},
	"nothing to undo": {"there is nothing here that I could take back.", "hier gibt es nichts, was ich zurücknehmen könnte.", "aquí no hay nada que pueda deshacer.", "il n'y a rien ici que je puisse annuler.", "não há aqui nada que eu possa desfazer.", "لا يوجد هنا ما يمكنني التراجع عنه.", "यहाँ ऐसा कुछ नहीं है जिसे मैं वापस ले सकूँ।", "这里没有我可以撤销的内容。"},

	// Deeds.
	"did reply":         {"answered the guest", "dem Gast geantwortet", "se respondió al visitante", "réponse au visiteur", "resposta ao visitante", "تم الرد على الزائر", "अतिथि को उत्तर दिया", "已答复访客"},
	"did file":          {"sent a file", "Datei gesendet", "archivo enviado", "fichier envoyé", "ficheiro enviado", "أُرسل ملف", "फ़ाइल भेजी", "已发送文件"},
	"did edit":          {"changed a message", "Nachricht geändert", "mensaje cambiado", "message modifié", "mensagem alterada", "عُدّلت رسالة", "संदेश बदला", "已修改消息"},
	"did delete":        {"deleted a message", "Nachricht gelöscht", "mensaje borrado", "message supprimé", "mensagem apagada", "حُذفت رسالة", "संदेश हटाया", "已删除消息"},
	"did forward":       {"forwarded", "weitergeleitet", "transferido", "transférée", "transferida", "حُوّلت إلى", "आगे भेजी गई", "已转接"},
	"did take":          {"taken", "übernommen", "asumido", "prise en charge par", "assumida", "تولّاها", "सँभाली गई", "已接手"},
	"did queue":         {"returned to the queue", "in die Warteschlange zurückgegeben", "devuelto a la cola", "remise en file d'attente", "devolvida à fila", "أُعيدت إلى قائمة الانتظار", "कतार में लौटाई गई", "已退回队列"},
	"did tag":           {"tagged", "Schlagwort gesetzt", "etiquetado", "étiquette ajoutée", "marcada", "وُسمت", "टैग लगाया", "已添加标签"},
	"did untag":         {"tag taken away", "Schlagwort entfernt", "etiqueta quitada", "étiquette retirée", "marcador retirado", "أُزيل الوسم", "टैग हटाया", "已移除标签"},
	"did field":         {"field set", "Feld gesetzt", "campo rellenado", "champ rempli", "campo preenchido", "عُيّن الحقل", "फ़ील्ड भरा", "已设置字段"},
	"did priority":      {"priority set", "Priorität gesetzt", "prioridad fijada", "priorité définie", "prioridade definida", "عُيّنت الأولوية", "प्राथमिकता तय", "已设置优先级"},
	"did hold":          {"put on hold", "auf Pause gesetzt", "puesto en espera", "mise en attente", "colocada em espera", "عُلّقت", "होल्ड पर रखी", "已搁置聊天"},
	"did resume":        {"goes on", "geht weiter", "sigue", "reprise", "retomada", "استؤنفت", "फिर शुरू", "已恢复"},
	"did transcript":    {"transcript delivered", "Transkript zugestellt", "transcripción entregada", "transcription remise", "transcrição entregue", "سُلّم نص المحادثة", "प्रतिलिपि भेजी", "已发送聊天记录"},
	"did call":          {"call offered", "Anruf angeboten", "llamada ofrecida", "appel proposé", "chamada oferecida", "عُرضت مكالمة", "कॉल की पेशकश", "已提供通话"},
	"did contact":       {"contact changed", "Kontakt geändert", "contacto cambiado", "contact modifié", "contacto alterado", "عُدّلت جهة الاتصال", "संपर्क बदला", "已修改联系人"},
	"did close":         {"closed the chat", "Chat geschlossen", "chat cerrado", "conversation fermée", "conversa fechada", "أُغلقت المحادثة", "चैट बंद की", "已关闭聊天"},
	"did undo":          {"undo", "Zurücknehmen", "deshacer", "annulation", "desfazer", "التراجع", "वापस लेना", "撤销"},
	"did available":     {"You take chats now.", "Du nimmst jetzt Chats an.", "Ahora recibes chats.", "Tu reçois maintenant des conversations.", "Agora recebe conversas.", "أنت تستقبل المحادثات الآن.", "अब आप चैट लेते हैं।", "你现在接收聊天。"},
	"did not-available": {"You take no chats now.", "Du nimmst jetzt keine Chats an.", "Ahora no recibes chats.", "Tu ne reçois plus de conversations.", "Agora não recebe conversas.", "أنت لا تستقبل المحادثات الآن.", "अब आप चैट नहीं लेते।", "你现在不接收聊天。"},
	"call guest":        {"Let us talk: {link}", "Lassen Sie uns sprechen: {link}", "Hablemos: {link}", "Parlons-nous : {link}", "Vamos falar: {link}", "لنتحدث: {link}", "आइए बात करें: {link}", "我们来通话吧：{link}"},

	// What is about who writes.
	"quiet now":     {"I am quiet now: I answer, and tell you nothing that you did not ask for. `quiet off` ends that.", "Ich bin jetzt still: Ich antworte und sage dir nichts, wonach du nicht gefragt hast. `quiet off` beendet das.", "Ahora guardo silencio: respondo y no te digo nada que no hayas pedido. `quiet off` lo termina.", "Je me tais maintenant : je réponds, et ne te dis rien que tu n'aies demandé. `quiet off` y met fin.", "Agora fico em silêncio: respondo e não lhe digo nada que não tenha pedido. `quiet off` termina isso.", "أصبحتُ هادئًا: أجيب ولا أخبرك بما لم تسأل عنه. ينهي `quiet off` ذلك.", "अब मैं चुप हूँ: मैं उत्तर देता हूँ और बिना पूछे कुछ नहीं बताता। `quiet off` इसे समाप्त करता है।", "我现在保持安静：只答复你，不主动告知。`quiet off` 可结束。"},
	"quiet no more": {"I tell you again what is done in your chats.", "Ich sage dir wieder, was in deinen Chats getan wird.", "Vuelvo a decirte lo que se hace en tus chats.", "Je te dis de nouveau ce qui est fait dans tes conversations.", "Volto a dizer-lhe o que se faz nas suas conversas.", "سأخبرك من جديد بما يجري في محادثاتك.", "मैं फिर से बताऊँगा कि आपकी चैट में क्या किया जाता है।", "我会再次告诉你在你的聊天中做了什么。"},
	"speaks":        {"I write to you in English from now on.", "Ich schreibe dir ab jetzt auf Deutsch.", "A partir de ahora te escribo en español.", "Désormais je t'écris en français.", "A partir de agora escrevo-lhe em português.", "سأكتب إليك من الآن بالعربية.", "अब से मैं आपको हिन्दी में लिखूँगा।", "从现在起我用中文给你写。"},
	"languages":     {"I speak {0}: write for example `language de`.", "Ich spreche {0}: schreib zum Beispiel `language de`.", "Hablo {0}: escribe por ejemplo `language es`.", "Je parle {0} : écris par exemple `language fr`.", "Falo {0}: escreva por exemplo `language pt`.", "أتكلم {0}: اكتب مثلًا `language ar`.", "मैं {0} बोलता हूँ: उदाहरण के लिए `language hi` लिखें।", "我会说 {0}：例如写 `language zh`。"},

	// Help.
	"help help":       {"shows what you can tell me", "zeigt, was du mir sagen kannst", "muestra lo que puedes decirme", "montre ce que tu peux me dire", "mostra o que me pode dizer", "يعرض ما يمكنك قوله لي", "दिखाता है कि आप मुझसे क्या कह सकते हैं", "显示你可以对我说什么"},
	"help stop":       {"alone: ends at once all that I do, until an admin lets me go on", "allein: beendet sofort alles, was ich tue, bis ein Admin mich weitermachen lässt", "a solas: detiene al instante todo lo que hago, hasta que un administrador me deje seguir", "seul : arrête aussitôt tout ce que je fais, jusqu'à ce qu'un administrateur me laisse continuer", "sozinho: pára de imediato tudo o que faço, até um administrador me deixar continuar", "وحده: يوقف فورًا كل ما أفعله حتى يسمح لي مسؤول بالمتابعة", "अकेला: मेरा सब काम तुरंत रोकता है, जब तक कोई व्यवस्थापक फिर शुरू न करे", "单独写：立即停止我所做的一切，直到管理员让我继续"},
	"help chats":      {"lists your chats, and those that wait for you", "zeigt deine Chats und die, die auf dich warten", "muestra tus chats y los que te esperan", "montre tes conversations et celles qui t'attendent", "mostra as suas conversas e as que o esperam", "يعرض محادثاتك وتلك التي تنتظرك", "आपकी चैट और प्रतीक्षा कर रही चैट दिखाता है", "列出你的聊天和等待你的聊天"},
	"help room":       {"shows what is known of the chat", "zeigt, was über den Chat bekannt ist", "muestra lo que se sabe del chat", "montre ce que l'on sait de la conversation", "mostra o que se sabe da conversa", "يعرض ما هو معروف عن المحادثة", "चैट की जानकारी दिखाता है", "显示聊天的信息"},
	"help history":    {"shows the last messages", "zeigt die letzten Nachrichten", "muestra los últimos mensajes", "montre les derniers messages", "mostra as últimas mensagens", "يعرض آخر الرسائل", "अंतिम संदेश दिखाता है", "显示最近的消息"},
	"help search":     {"finds messages", "findet Nachrichten", "busca mensajes", "trouve des messages", "procura mensagens", "يبحث عن الرسائل", "संदेश खोजता है", "查找消息"},
	"help files":      {"lists files", "zeigt Dateien", "muestra archivos", "montre les fichiers", "mostra ficheiros", "يعرض الملفات", "फ़ाइलें दिखाता है", "列出文件"},
	"help past":       {"lists the guest's earlier chats", "zeigt frühere Chats des Gastes", "muestra los chats anteriores del visitante", "montre les conversations précédentes du visiteur", "mostra as conversas anteriores do visitante", "يعرض محادثات الزائر السابقة", "अतिथि की पिछली चैट दिखाता है", "列出访客以前的聊天"},
	"help why":        {"tells what I did in the chat, and why", "sagt, was ich im Chat getan habe und warum", "dice qué hice en el chat y por qué", "dit ce que j'ai fait dans la conversation et pourquoi", "diz o que fiz na conversa e porquê", "يخبر بما فعلته في المحادثة ولماذا", "बताता है कि मैंने चैट में क्या किया और क्यों", "说明我在聊天中做了什么以及原因"},
	"help undo":       {"takes back what I did last there", "nimmt zurück, was ich dort zuletzt getan habe", "deshace lo último que hice allí", "annule ce que j'y ai fait en dernier", "desfaz o que lá fiz por último", "يتراجع عن آخر ما فعلته هناك", "वहाँ मेरा अंतिम काम वापस लेता है", "撤销我在那里最后所做的"},
	"help take":       {"has you serve a chat that waits", "lässt dich einen wartenden Chat übernehmen", "te asigna un chat en espera", "te confie une conversation en attente", "atribui-lhe uma conversa em espera", "يجعلك تتولى محادثة منتظرة", "प्रतीक्षारत चैट आपको देता है", "让你接手等待中的聊天"},
	"help reply":      {"writes to the guest", "schreibt dem Gast", "escribe al visitante", "écrit au visiteur", "escreve ao visitante", "يكتب إلى الزائر", "अतिथि को लिखता है", "给访客写消息"},
	"help forward":    {"moves the chat there", "leitet den Chat dorthin weiter", "transfiere el chat allí", "y transfère la conversation", "transfere a conversa para lá", "يحوّل المحادثة إلى هناك", "चैट वहाँ भेजता है", "把聊天转到那里"},
	"help queue":      {"returns the chat to the queue", "gibt den Chat in die Warteschlange zurück", "devuelve el chat a la cola", "remet la conversation en file d'attente", "devolve a conversa à fila", "يعيد المحادثة إلى قائمة الانتظار", "चैट को कतार में लौटाता है", "把聊天退回队列"},
	"help tag":        {"adds tags", "setzt Schlagwörter", "añade etiquetas", "ajoute des étiquettes", "acrescenta marcadores", "يضيف وسومًا", "टैग जोड़ता है", "添加标签"},
	"help untag":      {"takes away tags that I have set", "entfernt Schlagwörter, die ich gesetzt habe", "quita etiquetas que puse yo", "retire des étiquettes que j'ai mises", "retira marcadores que eu pus", "يزيل وسومًا وضعتُها", "मेरे लगाए टैग हटाता है", "移除我添加的标签"},
	"help field":      {"sets a custom field of the chat", "setzt ein eigenes Feld des Chats", "rellena un campo personalizado del chat", "remplit un champ personnalisé de la conversation", "preenche um campo personalizado da conversa", "يعيّن حقلًا مخصصًا للمحادثة", "चैट का कस्टम फ़ील्ड भरता है", "设置聊天的自定义字段"},
	"help priority":   {"sets the chat's priority; without a name takes it away", "setzt die Priorität des Chats; ohne Namen nimmt es sie weg", "fija la prioridad del chat; sin nombre la quita", "définit la priorité de la conversation ; sans nom, l'enlève", "define a prioridade da conversa; sem nome retira-a", "يعيّن أولوية المحادثة؛ ومن دون اسم يزيلها", "चैट की प्राथमिकता तय करता है; नाम के बिना हटाता है", "设置聊天的优先级；不写名称则取消"},
	"help hold":       {"puts the chat on hold", "setzt den Chat auf Pause", "pone el chat en espera", "met la conversation en attente", "coloca a conversa em espera", "يعلّق المحادثة", "चैट को होल्ड पर रखता है", "搁置聊天"},
	"help resume":     {"lets a chat on hold go on", "setzt einen pausierten Chat fort", "reanuda un chat en espera", "reprend une conversation en attente", "retoma uma conversa em espera", "يستأنف محادثة معلّقة", "होल्ड की चैट फिर शुरू करता है", "恢复被搁置的聊天"},
	"help transcript": {"mails the conversation, or sends it to the chat's agent", "mailt das Gespräch oder schickt es dem Betreuer des Chats", "envía la conversación por correo, o al agente del chat", "envoie la conversation par e-mail, ou à l'agent", "envia a conversa por correio, ou ao agente", "يرسل المحادثة بالبريد أو إلى وكيلها", "बातचीत ईमेल करता है, या चैट के एजेंट को भेजता है", "邮寄聊天记录，或发给该聊天的客服"},
	"help call":       {"offers the guest a call", "bietet dem Gast einen Anruf an", "ofrece una llamada al visitante", "propose un appel au visiteur", "oferece uma chamada ao visitante", "يعرض على الزائر مكالمة", "अतिथि को कॉल की पेशकश करता है", "向访客提供通话"},
	"help contact":    {"shows who the guest is, or changes it", "zeigt, wer der Gast ist, oder ändert es", "muestra quién es el visitante, o lo cambia", "montre qui est le visiteur, ou le modifie", "mostra quem é o visitante, ou altera-o", "يعرض من هو الزائر أو يغيّر بياناته", "अतिथि की जानकारी दिखाता या बदलता है", "显示或修改访客资料"},
	"help close":      {"ends the chat; the guest sees the text", "beendet den Chat; der Gast sieht den Text", "termina el chat; el visitante ve el texto", "termine la conversation ; le visiteur voit le texte", "termina a conversa; o visitante vê o texto", "ينهي المحادثة؛ ويرى الزائر النص", "चैट समाप्त करता है; अतिथि को पाठ दिखता है", "结束聊天；访客会看到文字"},
	"help available":  {"has you take chats, or not", "lässt dich Chats annehmen oder nicht", "hace que recibas chats, o no", "te fait recevoir des conversations, ou non", "faz com que receba conversas, ou não", "يجعلك تستقبل المحادثات أو لا", "आपको चैट मिलें या नहीं", "设置你是否接收聊天"},
	"help quiet":      {"has me tell you nothing that you did not ask for, or again", "lässt mich dir nichts Ungefragtes sagen, oder wieder", "hace que no te diga nada que no pidas, o de nuevo", "fait que je ne te dise rien sans demande, ou de nouveau", "faz com que não lhe diga nada sem pedir, ou de novo", "يجعلني لا أخبرك بما لم تطلبه، أو أعود إلى ذلك", "बिना पूछे कुछ न बताऊँ, या फिर से बताऊँ", "让我不主动告知，或恢复告知"},
	"help language":   {"sets in which language I write to you", "legt fest, in welcher Sprache ich dir schreibe", "fija en qué idioma te escribo", "définit la langue dans laquelle je t'écris", "define em que língua lhe escrevo", "يحدد اللغة التي أكتب بها إليك", "तय करता है कि मैं किस भाषा में लिखूँ", "设置我用什么语言给你写"},
}
