// Prints the variables of .env files, one JSON object per file, as Docker Compose reads them.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

func main() {
	values := make([]map[string]string, 0, len(os.Args)-1)
	for _, file := range os.Args[1:] {
		found, err := dotenv.GetEnvFromFile(map[string]string{}, []string{file})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		values = append(values, found)
	}
	if err := json.NewEncoder(os.Stdout).Encode(values); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
