package store

import (
	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// chatsKept is how many chats stay in memory besides those that are not on
// disk: what happens in a chat asks for it several times.
const chatsKept = 512

// chatCache is what is known of chats in which something happened lately. The
// DB's mu guards it.
type chatCache struct {
	chats map[sdk.ChatID]bridge.Known
	age   uint64 // changes with every change of what is known
}

func (c *chatCache) set(id sdk.ChatID, k bridge.Known) {
	c.age++
	c.keep(id, k)
}

// keep is set for what was known all the time.
func (c *chatCache) keep(id sdk.ChatID, k bridge.Known) {
	if c.chats == nil {
		c.chats = map[sdk.ChatID]bridge.Known{}
	}
	if _, there := c.chats[id]; !there && len(c.chats) >= chatsKept {
		for some := range c.chats {
			delete(c.chats, some)
			break
		}
	}
	c.chats[id] = k
}

// forget lets all go, after a commit that failed: memory never says more than
// the file.
func (c *chatCache) forget() { c.chats, c.age = nil, c.age+1 }

// Chat is what is known of the chat; zero when nothing is. It is shared: do
// not change it.
func (db *DB) Chat(id sdk.ChatID) (bridge.Known, error) {
	k, age, ok := db.chatInMemory(id)
	if ok {
		return k, nil
	}
	err := db.view(func(tx *bbolt.Tx) error {
		_, err := get(tx, chatsBucket, []byte(id), &k)
		return err
	})
	if err != nil {
		return k, err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.cache.age == age {
		db.cache.keep(id, k)
	}
	return k, nil
}

func (db *DB) chatInMemory(id sdk.ChatID) (k bridge.Known, age uint64, ok bool) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if k, ok = db.cache.chats[id]; ok {
		return k, 0, true
	}
	for _, b := range []*batch{db.waiting, db.writing} {
		if b == nil {
			continue
		}
		if k, ok = b.chats[id]; ok {
			return k, 0, true
		}
	}
	return k, db.cache.age, false
}
