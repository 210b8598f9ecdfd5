package transcript

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// tool runs a program on a PDF. Without the program the test is left out, but
// not where everything must be tested.
func tool(t testing.TB, pdf string, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%v: install poppler-utils and qpdf", err)
		}
		t.Skipf("%v: install poppler-utils and qpdf to run this test", err)
	}
	path := filepath.Join(t.TempDir(), "transcript.pdf")
	if err := os.WriteFile(path, []byte(pdf), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		if a == "FILE" {
			args[i] = path
		}
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
	return string(out)
}

// copied is what a reader copies out of a PDF, in reading order.
func copied(t testing.TB, pdf string) string {
	t.Helper()
	return tool(t, pdf, "pdftotext", "-enc", "UTF-8", "FILE", "-")
}

// sound is what qpdf finds wrong with a PDF; it ends the test.
func sound(t testing.TB, pdf string) {
	t.Helper()
	tool(t, pdf, "qpdf", "--check", "FILE")
}
