// Ask a server for a tier, report three failures, and ask again.
//
//	resolver serve &
//	go run examples/serve/client.go http://127.0.0.1:8181
//
// If the server needs a token, the variable RESOLVER_TOKEN has it.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

// Agent is a role of a triad, in a phase if it has one.
type Agent struct {
	Triad string         `json:"triad"`
	Role  string         `json:"role"`
	Phase string         `json:"phase,omitempty"`
	Facts map[string]any `json:"facts,omitempty"`
}

// Decision says on which tier an agent runs, and which model that is at each provider.
type Decision struct {
	Tier     string            `json:"tier"`
	Rule     string            `json:"rule"`
	Because  string            `json:"because"`
	Models   map[string]string `json:"models"`
	Revision string            `json:"revision"`
}

// Report is an outcome of work that ran on a decision. A success has neither Kind nor Error.
type Report struct {
	Agent
	RanOn  Decision `json:"ran_on"`
	Failed bool     `json:"failed"`
	Kind   string   `json:"kind,omitempty"`
	Error  string   `json:"error,omitempty"`
}

// Outcome has the effect of a report: count, reset, ignore, hold, escalate or queued.
type Outcome struct {
	Effect     string
	Because    string
	Strikes    int
	Repeated   bool
	Escalation *struct{ From, To string }
}

// Client calls a server, with a token unless that is empty.
type Client struct {
	Server, Token string
	HTTP          http.Client
}

// Decide on which tier an agent runs.
func (c *Client) Decide(agent Agent) (decision Decision, err error) {
	err = c.post("/v1/decide", agent, &decision)
	return decision, err
}

// Report an outcome. It counts once, however often it is sent.
func (c *Client) Report(report Report) (outcome Outcome, err error) {
	err = c.post("/v1/outcomes", report, &outcome)
	return outcome, err
}

// post repeats a request without an answer, and one that was answered by 503, with the same key.
func (c *Client) post(path string, body, answer any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	key := make([]byte, 16)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		status, received, err := c.once(path, fmt.Sprintf("%x", key), sent)
		if err == nil && status == http.StatusOK {
			return json.Unmarshal(received, answer)
		}
		if err == nil {
			err = fmt.Errorf("%d: %s", status, received) // a problem document (RFC 9457)
		}
		if attempt == 5 || status != 0 && status != http.StatusServiceUnavailable {
			return err
		}
		time.Sleep(200 * time.Millisecond << attempt)
	}
}

// once sends a request; the status is 0 if there is no whole answer.
func (c *Client) once(path, key string, body []byte) (status int, answer []byte, err error) {
	request, err := http.NewRequest(http.MethodPost, c.Server+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	if answer, err = io.ReadAll(response.Body); err != nil {
		return 0, nil, err
	}
	return response.StatusCode, answer, nil
}

func main() {
	server := "http://127.0.0.1:8181"
	if len(os.Args) > 1 {
		server = os.Args[1]
	}
	client := Client{server, os.Getenv("RESOLVER_TOKEN"), http.Client{Timeout: 15 * time.Second}}
	agent := Agent{Triad: "layout", Role: "worker_a"}
	decision := must(client.Decide(agent))
	fmt.Println("worker_a runs on", decision.Tier)
	for number := 1; number <= 3; number++ {
		report := Report{Agent: agent, RanOn: decision, Failed: true, Kind: "task", Error: "no plan"}
		outcome := must(client.Report(report))
		fmt.Printf("failure %d: %s", number, outcome.Effect)
		if outcome.Escalation != nil {
			fmt.Printf(", %s to %s", outcome.Escalation.From, outcome.Escalation.To)
		}
		fmt.Println()
	}
	fmt.Println("worker_a runs on", must(client.Decide(agent)).Tier)
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
