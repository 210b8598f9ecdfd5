//lint:file-ignore ST1018 joiners belong to what people write

package transcript

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
	"time"
)

// scripts has one text for each script that the embedded fonts promise.
var scripts = []struct{ name, who, text string }{
	{"latin", "Ana Müller", "Hallo, ich hätte gerne Hilfe — naïve café, Zażółć gęślą jaźń, Tiếng Việt đẹp. office fi ffl"},
	{"cyrillic", "Иван Петров", "Здравствуйте! Чем могу помочь? Ґанок, Ђак, Қазақ."},
	{"greek", "Νίκος", "Καλημέρα, τι κάνετε; ΑΒΓΔ ἄνθρωπος"},
	{"arabic", "ليلى حسن", "مرحبا بالعالم! رقم الطلب 12345 من Rocket.Chat (نسخة 8.0) لا إله."},
	{"hebrew", "דנה כהן", "שלום עולם, הזמנה מספר 4711 של ACME (דחוף) בְּרֵאשִׁית"},
	{"arabic alone", "سارة", "السلام عليكم ورحمة الله وبركاته"},
	{"persian alone", "رضا", "می‌خواهم کتاب‌ها را برگردانم"},
	{"hebrew alone", "יעל", "שלום לכולם ותודה רבה"},
	{"devanagari", "अमित शर्मा", "नमस्ते दुनिया: हिन्दी में क्षत्रिय, किताब, श्री कृष्ण, विद्यालय। मूल्य ₹12,500"},
	{"thai", "สมชาย ใจดี", "สวัสดีครับ ผมต้องการความช่วยเหลือเกี่ยวกับการชำระเงินที่ร้านน้ำดื่มปู่ขอบคุณมากครับ"},
	{"chinese", "李雷", "你好，世界！我的订单号是 12345。繁體：歡迎光臨「臺灣」"},
	{"japanese", "田中さくら", "こんにちは、ご注文を確認します。カタカナもどうぞ。"},
	{"korean", "김민준", "안녕하세요 세계, 주문을 확인해 주세요."},
	{"bengali", "রহিম", "বাংলায় লিখছি। আপনার অর্ডার নম্বর ৪৭১১, মূল্য ৳১,২০০। ক্ষমা করবেন, স্ত্রী, বিশ্ববিদ্যালয়!"},
	{"tamil", "கவிதா", "வணக்கம், எனக்கு உதவி வேண்டும். கொடுத்த ஆர்டர் எண் 4711. க்ஷ ஸ்ரீ பௌர்ணமி"},
	{"telugu", "సీత", "నమస్కారం, నాకు సహాయం కావాలి. క్షమించండి, స్త్రీ"},
	{"gujarati", "મીરા", "નમસ્તે, મને મદદ જોઈએ છે. ક્ષમા, શ્રી"},
	{"gurmukhi", "ਗੁਰਪ੍ਰੀਤ", "ਸਤ ਸ੍ਰੀ ਅਕਾਲ, ਮੈਨੂੰ ਮਦਦ ਚਾਹੀਦੀ ਹੈ।"},
	{"kannada", "ಕಾವ್ಯ", "ನಮಸ್ಕಾರ, ನನಗೆ ಸಹಾಯ ಬೇಕು. ಕ್ಷಮಿಸಿ"},
	{"malayalam", "മീര", "നമസ്കാരം, എനിക്ക് സഹായം വേണം. ക്ഷമിക്കണം"},
	{"oriya", "ମୀରା", "ନମସ୍କାର, ମୋତେ ସାହାଯ୍ୟ ଦରକାର। କ୍ଷମା"},
	{"sinhala", "සුනිල්", "ආයුබෝවන්, මට උදව් අවශ්‍යයි. ශ්‍රී ලංකා"},
	{"lao", "ສົມ", "ສະບາຍດີ, ຂ້ອຍຕ້ອງການຄວາມຊ່ວຍເຫຼືອ"},
	{"khmer", "សុខា", "សួស្តី ខ្ញុំត្រូវការជំនួយ ភាសាខ្មែរ ស្ត្រី"},
	{"burmese", "အောင်", "မင်္ဂလာပါ၊ ကျွန်ုပ် အကူအညီ လိုအပ်ပါသည်။"},
	{"ethiopic", "ሰላም", "ሰላም፣ እርዳታ እፈልጋለሁ።"},
	{"georgian", "ნინო", "გამარჯობა, დახმარება მჭირდება."},
	{"armenian", "Անի", "Բարև, ինձ օգնություն է պետք։"},
	{"urdu", "سارہ", "مجھے مدد چاہیے شکریہ"},
	{"emoji", "Emoji 🙂", "😀 👍🏽 👩‍👩‍👧‍👦 🇩🇪 ❤️ ☎ ✅ 1️⃣ and text between 🎉🎉"},
	{"symbols", "Symbols", "→ ★ ∑ ½ € ₿ ≤ ≥ ∞ ✓ ♫ ☂ ⌘ — “quotes” … • ™"},
	{"mixed", "Mixed", "The word مرحبا means hello, and שלום 123 שלום too (456)."},
}

var monday = time.Date(2026, 3, 2, 13, 3, 0, 0, time.UTC)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// sample is a conversation with everything that can be in one.
func sample(t testing.TB) Conversation {
	t.Helper()
	at := func(minutes int) time.Time { return monday.Add(time.Duration(minutes) * time.Minute) }
	c := Conversation{
		Workspace: "Acme Support", ChatID: "rXq7Zk2pLmNsTf4Hd",
		Visitor: Visitor{Name: "Maya Müller", Username: "guest-4711", Email: "maya@example.org", Phone: "+49 30 901820"},
		Agents:  []string{"Alice Adams", "Carol"}, Department: "Billing",
		Opened: monday, Closed: at(24 * 60), ClosedBy: "Carol", Comment: "Refund sent, customer happy", Tags: []string{"refund", "invoice"},
		Zone: zone(t, "Europe/Berlin"),
	}
	c.Entries = []Entry{
		{At: at(0), Who: "Maya Müller", Text: "hello, my Invoice is wrong"},
		{At: at(0), Who: "Maya Müller", Text: "it says 120 € but I ordered one piece only"},
		{Kind: KindTaken, At: at(1), Who: "Alice Adams"},
		{At: at(2), Side: Agent, Who: "Alice Adams", Text: "Do you mean the last invoice?\nThe one of 27 February?", Quotes: []Quote{{
			Who: "Maya Müller", Text: "it says 120 € but I ordered one piece only", Quotes: []Quote{{Who: "Bellhop", Text: "What is it about?"}},
		}}},
		{At: at(3), Who: "Maya Müller", Text: "yes, here it is", Edited: true, Files: []File{
			{Name: "rechnung-2026-02-27.pdf", Type: "application/pdf", Size: 48213, SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
			{Name: "photo.jpg", Type: "image/jpeg", Image: photo(t, "jpeg", 640, 420)},
		}},
		{Kind: KindForwarded, At: at(4), From: "Sales", To: "Billing", Who: "Bellhop", Text: "words matched “invoice”"},
		{Kind: KindHeld, At: at(5), Who: "Alice Adams"},
		{Kind: KindResumed, At: at(9)},
		{At: at(9), Side: Bot, Who: "Bellhop", Text: "Your place in the queue is 2. You can also talk to us: https://meet.example/bellhop-4711"},
		{Kind: KindCall, At: at(10), Call: &Call{State: "ended", URL: "https://meet.example/bellhop-4711", Duration: 372 * time.Second}},
	}
	for i, s := range scripts {
		c.Entries = append(c.Entries, Entry{At: at(24*60 - 40 + 2*i), Who: s.who, Side: []Side{Guest, Agent}[i%2], Text: s.text})
	}
	c.Entries = append(c.Entries,
		Entry{Kind: KindNote, At: at(24*60 - 1), Text: "The guest asked for a transcript."},
		Entry{At: at(24*60 - 1), Side: Agent, Who: "Carol", Text: "رد", Files: []File{{Name: "شكرا.png", Type: "image/png", Image: photo(t, "png", 120, 60)}}},
		Entry{Kind: KindClosed, At: at(24 * 60), Who: "Carol", Text: "Refund sent, customer happy"},
	)
	return c
}

func long(n int) Conversation {
	c := Conversation{Workspace: "Acme", Visitor: Visitor{Name: "Maya"}, Opened: monday}
	for i := range n {
		s := scripts[i%7]
		c.Entries = append(c.Entries, Entry{At: monday.Add(time.Duration(i) * 7 * time.Minute), Who: s.who, Side: []Side{Guest, Agent, Bot}[i%3],
			Text: fmt.Sprintf("%d. %s %s", i, s.text, s.text)})
	}
	return c
}

func photo(t testing.TB, format string, w, h int) []byte {
	t.Helper()
	im := image.NewNRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			im.Set(x, y, color.NRGBA{uint8(255 * x / w), uint8(255 * y / h), 128, uint8(255 - 100*(x/20%2))})
		}
	}
	var b bytes.Buffer
	var err error
	if format == "png" {
		err = png.Encode(&b, im)
	} else {
		err = jpeg.Encode(&b, im, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
