package lobby

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestMain is also the lobby that the tests kill.
func TestMain(m *testing.M) {
	if name := os.Getenv("LOBBY_STATE"); name != "" {
		if err := serveUntilKilled(name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func serveUntilKilled(name string) error {
	log, err := os.OpenFile(name+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	s, err := New(Options{StateFile: name, Log: log, NoLimits: true})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	return s.Run(context.Background(), l)
}

// victim is a lobby in a process of its own.
type victim struct {
	*workspace
	cmd *exec.Cmd
}

func startVictim(t *testing.T, name string) *victim {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "LOBBY_STATE="+name)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	base, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the lobby did not start: %v", err)
	}
	return &victim{&workspace{t: t, base: strings.TrimSpace(base)}, cmd}
}

// kill is kill -9.
func (v *victim) kill() {
	v.t.Helper()
	if err := v.cmd.Process.Kill(); err != nil {
		v.t.Fatal(err)
	}
	v.cmd.Wait()
}

// TestKilledLobbyHasLostNothingThatItAnswered kills a lobby while guests write as
// fast as they can, again and again.
func TestKilledLobbyHasLostNothingThatItAnswered(t *testing.T) {
	const rounds, guests = 4, 4
	name := filepath.Join(t.TempDir(), "state")
	var mu sync.Mutex
	answered := map[string][]string{} // by room
	for round := range rounds {
		v := startVictim(t, name)
		var group sync.WaitGroup
		enough := make(chan bool, guests)
		for g := range guests {
			token := fmt.Sprintf("tok%d-%d", round, g)
			rid := v.openChat(token)
			group.Go(func() {
				for i := 0; ; i++ {
					text := fmt.Sprintf("%s says %d", token, i)
					if !v.trySay(token, rid, text) {
						return
					}
					mu.Lock()
					answered[rid] = append(answered[rid], text)
					mu.Unlock()
					if i == 20 {
						enough <- true
					}
				}
			})
		}
		<-enough
		v.kill()
		group.Wait()
	}
	s := startWithLog(t, name)
	defer s.Close()
	checkWorld(t, s.world)
	inLog := factsOf(t, name+".log")
	for rid, texts := range answered {
		var kept []string
		for _, m := range s.world.rooms[rid].log {
			kept = append(kept, m.Msg)
		}
		// The last one may have been stored and not answered.
		if len(kept) > len(texts)+1 || len(kept) < len(texts) || !slices.Equal(kept[:len(texts)], texts) {
			t.Errorf("room %s: %d answered, %d kept, the last ones %q and %q", rid, len(texts), len(kept), texts[len(texts)-1], kept[len(kept)-1])
		}
		if n := inLog[rid]; n != len(kept) {
			t.Errorf("room %s: %d kept, %d in the log", rid, len(kept), n)
		}
	}
}

func startWithLog(t *testing.T, name string) *Server {
	t.Helper()
	log, err := os.OpenFile(name+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	s, err := New(Options{StateFile: name, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFactsThatAKilledLobbyStoredAreLoggedAtTheNextStart kills between file and log.
func TestFactsThatAKilledLobbyStoredAreLoggedAtTheNextStart(t *testing.T) {
	name := filepath.Join(t.TempDir(), "state")
	s := startWithLog(t, name)
	chat := func(s *Server, id string) {
		if err := s.do(func(t *tx) error {
			t.openChat(t.register(registration{token: id}), id)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	chat(s, "logged")
	s.log.w = nil // what a kill after the file's line amounts to
	chat(s, "stored")
	s.Close()
	for range 2 { // once is enough
		startWithLog(t, name).Close()
	}
	f, err := os.Open(name + ".log")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	facts, err := ReadFacts(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(facts) != 2 || facts[0].RID != "logged" || facts[1].RID != "stored" || facts[1].N != facts[0].N+1 {
		t.Errorf("the log holds %+v", facts)
	}
}

func (v *victim) openChat(token string) string {
	v.t.Helper()
	c := v.guestCaller()
	c.ok("POST", "livechat/visitor", map[string]any{"visitor": map[string]any{"token": token}})
	return c.ok("GET", "livechat/room?token="+token, nil)["room"].(map[string]any)["_id"].(string)
}

// trySay reports whether the lobby answered that it has the message.
func (v *victim) trySay(token, rid, text string) bool {
	body := string(encode(doc{"token": token, "rid": rid, "msg": text}, plain))
	res, err := http.Post(v.base+"/api/v1/livechat/message", "application/json", strings.NewReader(body))
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// factsOf counts the messages in a log by room.
func factsOf(t *testing.T, name string) map[string]int {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	facts, err := ReadFacts(f)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, f := range facts {
		if f.Fact == "message" {
			out[f.RID]++
		}
	}
	return out
}
