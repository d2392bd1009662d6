// Reads records (one a line) with the strict SDK of CloudEvents and prints what it understood.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	cloudevents "github.com/cloudevents/sdk-go/v2"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<21)
	for lines.Scan() {
		var event cloudevents.Event
		err := json.Unmarshal(lines.Bytes(), &event)
		if err == nil {
			err = event.Validate()
		}
		if err != nil {
			fmt.Printf("%q\n", "refused: "+err.Error())
			continue
		}
		text, _ := json.Marshal(map[string]any{
			"id": event.ID(), "source": event.Source(), "type": event.Type(), "subject": event.Subject(),
			"extensions": event.Extensions(), "data": json.RawMessage(event.Data()),
		})
		fmt.Println(string(text))
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
