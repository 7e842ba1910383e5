// A new implementation of a design that many SSE servers in Go follow, "Example SSE server in Golang"
// (https://gist.github.com/schmohlio/d7bdb255ba61d3f5e51a512a7c0d6a85): one goroutine owns all clients. It sends
// each event to one client after the other over unbuffered channels, and waits up to a second for each.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const patience = time.Second

type hub struct {
	events chan []byte
	joins  chan chan []byte
	leaves chan chan []byte
}

func (h *hub) run() {
	members := map[chan []byte]bool{}
	for {
		select {
		case member := <-h.joins:
			members[member] = true
		case member := <-h.leaves:
			delete(members, member)
		case event := <-h.events:
			for member := range members {
				select {
				case member <- event:
				case <-time.After(patience):
				}
			}
		}
	}
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	stream := w.(http.Flusher)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	mine := make(chan []byte)
	h.joins <- mine
	defer func() { h.leaves <- mine }()
	for {
		select {
		case <-r.Context().Done():
			return
		case event := <-mine:
			fmt.Fprintf(w, "data: %s\n\n", event)
			stream.Flush()
		}
	}
}

func (h *hub) tick(rate, size int) {
	padding := strings.Repeat("x", size)
	due := time.Now()
	for number := 1; ; number++ {
		time.Sleep(time.Until(due))
		h.events <- []byte(fmt.Sprintf("T=%d;N=%d;%s", time.Now().UnixNano(), number, padding))
		due = due.Add(time.Second / time.Duration(rate))
	}
}

func main() {
	rate, _ := strconv.Atoi(os.Args[2])
	size, _ := strconv.Atoi(os.Args[3])
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s/events\n", listener.Addr())
	h := &hub{events: make(chan []byte, 1), joins: make(chan chan []byte), leaves: make(chan chan []byte)}
	go h.run()
	go h.tick(rate, size)
	log.Fatal(http.Serve(listener, h))
}
