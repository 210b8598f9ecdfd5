package transcript

import "strings"

var languages = map[string]*words{
	"en": {
		Subject:      "Your conversation with us",
		Conversation: "Conversation with ", Visitor: "Visitor", Guest: "a guest", Agents: "Agents", Department: "Department",
		Opened: "Opened", Closed: "Closed", Tags: "Tags", ChatID: "Chat", Times: "Time zone", Unknown: "unknown",
		Edited: "edited", File: "File", NoMessages: "No messages",
		Kinds:  kinds("Forwarded", "Taken", "Closed", "On hold", "Resumed", "Call", "Back in the queue"),
		Calls:  calls("unknown", "offered", "joined", "ended", "missed", "failed"),
		Months: months("January February March April May June July August September October November December"),
		Days:   days("Sunday Monday Tuesday Wednesday Thursday Friday Saturday"), date: "{day}, {n} {month} {year}",
	},
	"de": {
		Subject:      "Ihr Gespräch mit uns",
		Conversation: "Gespräch mit ", Visitor: "Gast", Guest: "einem Gast", Agents: "Bearbeitet von", Department: "Abteilung",
		Opened: "Begonnen", Closed: "Geschlossen", Tags: "Schlagwörter", ChatID: "Gespräch", Times: "Zeitzone", Unknown: "unbekannt",
		Edited: "bearbeitet", File: "Datei", NoMessages: "Keine Nachrichten",
		Kinds:  kinds("Weitergeleitet", "Übernommen", "Geschlossen", "Zurückgestellt", "Fortgesetzt", "Anruf", "Zurück in der Warteschlange"),
		Calls:  calls("unbekannt", "angeboten", "beigetreten", "beendet", "verpasst", "fehlgeschlagen"),
		Months: months("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
		Days:   days("Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag"), date: "{day}, {n}. {month} {year}",
	},
	"fr": {
		Subject:      "Votre conversation avec nous",
		Conversation: "Conversation avec ", Visitor: "Visiteur", Guest: "un visiteur", Agents: "Agents", Department: "Service",
		Opened: "Ouverte", Closed: "Fermée", Tags: "Étiquettes", ChatID: "Conversation", Times: "Fuseau horaire", Unknown: "inconnu",
		Edited: "modifié", File: "Fichier", NoMessages: "Aucun message",
		Kinds:  kinds("Transférée", "Prise en charge", "Fermée", "En attente", "Reprise", "Appel", "Remise en file d’attente"),
		Calls:  calls("inconnu", "proposé", "rejoint", "terminé", "manqué", "échoué"),
		Months: months("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
		Days:   days("dimanche lundi mardi mercredi jeudi vendredi samedi"), date: "{day} {n} {month} {year}",
	},
	"es": {
		Subject:      "Su conversación con nosotros",
		Conversation: "Conversación con ", Visitor: "Visitante", Guest: "un visitante", Agents: "Agentes", Department: "Departamento",
		Opened: "Abierta", Closed: "Cerrada", Tags: "Etiquetas", ChatID: "Conversación", Times: "Zona horaria", Unknown: "desconocido",
		Edited: "editado", File: "Archivo", NoMessages: "Sin mensajes",
		Kinds:  kinds("Transferida", "Atendida", "Cerrada", "En espera", "Reanudada", "Llamada", "De vuelta en la cola"),
		Calls:  calls("desconocido", "ofrecida", "unido", "terminada", "perdida", "fallida"),
		Months: months("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
		Days:   days("domingo lunes martes miércoles jueves viernes sábado"), date: "{day}, {n} de {month} de {year}",
	},
	"pt": {
		Subject:      "Sua conversa conosco",
		Conversation: "Conversa com ", Visitor: "Visitante", Guest: "um visitante", Agents: "Agentes", Department: "Departamento",
		Opened: "Aberta", Closed: "Encerrada", Tags: "Etiquetas", ChatID: "Conversa", Times: "Fuso horário", Unknown: "desconhecido",
		Edited: "editado", File: "Arquivo", NoMessages: "Sem mensagens",
		Kinds:  kinds("Encaminhada", "Atendida", "Encerrada", "Em espera", "Retomada", "Chamada", "De volta à fila"),
		Calls:  calls("desconhecido", "oferecida", "participando", "encerrada", "perdida", "falhou"),
		Months: months("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
		Days:   days("domingo segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado"), date: "{day}, {n} de {month} de {year}",
	},
	"ru": {
		Subject:      "Ваша беседа с нами",
		Conversation: "Беседа: ", Visitor: "Посетитель", Guest: "гость", Agents: "Операторы", Department: "Отдел",
		Opened: "Начало", Closed: "Завершение", Tags: "Метки", ChatID: "Чат", Times: "Часовой пояс", Unknown: "неизвестно",
		Edited: "изменено", File: "Файл", NoMessages: "Нет сообщений",
		Kinds:  kinds("Перенаправлено", "Принято", "Завершено", "Отложено", "Возобновлено", "Звонок", "Возвращено в очередь"),
		Calls:  calls("неизвестно", "предложен", "вошли", "окончен", "пропущен", "не удался"),
		Months: months("января февраля марта апреля мая июня июля августа сентября октября ноября декабря"),
		Days:   days("воскресенье понедельник вторник среда четверг пятница суббота"), date: "{day}, {n} {month} {year}",
	},
	"ar": {
		Subject:      "محادثتك معنا",
		Conversation: "محادثة مع ", Visitor: "الزائر", Guest: "زائر", Agents: "الموظفون", Department: "القسم",
		Opened: "بدأت", Closed: "أُغلقت", Tags: "الوسوم", ChatID: "المحادثة", Times: "المنطقة الزمنية", Unknown: "غير معروف",
		Edited: "مُعدّلة", File: "ملف", NoMessages: "لا توجد رسائل",
		Kinds:  kinds("تحويل", "استلام", "إغلاق", "تعليق", "استئناف", "مكالمة", "عودة إلى قائمة الانتظار"),
		Calls:  calls("غير معروف", "معروضة", "انضمام", "انتهت", "فائتة", "فشلت"),
		Months: months("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"),
		Days:   days("الأحد الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت"), date: "{day} {n} {month} {year}",
		rtl: true,
	},
	"hi": {
		Subject:      "हमारे साथ आपकी बातचीत",
		Conversation: "बातचीत: ", Visitor: "आगंतुक", Guest: "अतिथि", Agents: "एजेंट", Department: "विभाग",
		Opened: "आरंभ", Closed: "समाप्त", Tags: "टैग", ChatID: "चैट", Times: "समय क्षेत्र", Unknown: "अज्ञात",
		Edited: "संपादित", File: "फ़ाइल", NoMessages: "कोई संदेश नहीं",
		Kinds:  kinds("अग्रेषित", "स्वीकृत", "समाप्त", "रोका गया", "फिर शुरू", "कॉल", "कतार में वापस"),
		Calls:  calls("अज्ञात", "प्रस्तावित", "शामिल हुए", "समाप्त", "छूट गई", "विफल"),
		Months: months("जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर"),
		Days:   days("रविवार सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार"), date: "{day}, {n} {month} {year}",
	},
	"zh": {
		Subject:      "您与我们的对话",
		Conversation: "会话：", Visitor: "访客", Guest: "访客", Agents: "客服", Department: "部门",
		Opened: "开始", Closed: "结束", Tags: "标签", ChatID: "会话", Times: "时区", Unknown: "未知",
		Edited: "已编辑", File: "文件", NoMessages: "没有消息",
		Kinds:  kinds("转接", "接入", "结束", "挂起", "恢复", "通话", "退回队列"),
		Calls:  calls("未知", "已邀请", "已加入", "已结束", "未接听", "失败"),
		Months: months("1 2 3 4 5 6 7 8 9 10 11 12"),
		Days:   days("星期日 星期一 星期二 星期三 星期四 星期五 星期六"), date: "{year}年{month}月{n}日 {day}",
	},
}

// kinds are forwarded, taken, closed, held, resumed, call, queued. A note has no heading.
func kinds(w ...string) map[Kind]string {
	return map[Kind]string{KindForwarded: w[0], KindTaken: w[1], KindClosed: w[2], KindHeld: w[3], KindResumed: w[4], KindCall: w[5], KindQueued: w[6]}
}

func calls(w ...string) map[string]string {
	return map[string]string{"": w[0], "unknown": w[0], "offered": w[1], "joined": w[2], "ended": w[3], "missed": w[4], "failed": w[5]}
}

func months(s string) [12]string { return [12]string(strings.Fields(s)) }
func days(s string) [7]string    { return [7]string(strings.Fields(s)) }
