// A registry and a reader of images that are not ours: go-containerregistry's.
//
//	registry serve [--basic USER:PASSWORD | --token USER:PASSWORD]   prints its address, serves until its input ends
//	registry check [--login USER:PASSWORD] NAME                      pulls an image whole, validates it, prints its configuration
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

const token = "a-token-of-this-run"

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("serve or check")
	}
	switch os.Args[1] {
	case "serve":
		serve(os.Args[2:])
	case "check":
		check(os.Args[2:])
	default:
		log.Fatalf("unknown: %s", os.Args[1])
	}
}

func serve(args []string) {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	basic := flags.String("basic", "", "USER:PASSWORD, asked for with each request")
	bearer := flags.String("token", "", "USER:PASSWORD, asked for where tokens are made")
	flags.Parse(args)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	address := listener.Addr().String()
	if *basic != "" {
		handler = guard(handler, `Basic realm="test"`, func(r *http.Request) bool { return is(r, *basic) })
	}
	if *bearer != "" {
		guarded := guard(handler, fmt.Sprintf(`Bearer realm="http://%s/token",service="test",scope="push,pull"`, address),
			func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer "+token })
		handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/token" {
				guarded.ServeHTTP(w, r)
				return
			}
			if !is(r, *bearer) || r.URL.Query().Get("service") != "test" || r.URL.Query().Get("scope") != "push,pull" {
				http.Error(w, `{"errors":[{"code":"DENIED","message":"no such user"}]}`, http.StatusForbidden)
				return
			}
			fmt.Fprintf(w, `{"token": %q}`, token)
		})
	}
	fmt.Println(address)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	log.Fatal(http.Serve(listener, handler))
}

func is(r *http.Request, login string) bool {
	user, password, _ := r.BasicAuth()
	return user+":"+password == login
}

func guard(inner http.Handler, challenge string, known func(*http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !known(r) {
			w.Header().Set("WWW-Authenticate", challenge)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED","message":"log in"}]}`, http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

func check(args []string) {
	flags := flag.NewFlagSet("check", flag.ExitOnError)
	login := flags.String("login", "", "USER:PASSWORD")
	flags.Parse(args)
	reference, err := name.ParseReference(flags.Arg(0), name.Insecure)
	if err != nil {
		log.Fatal(err)
	}
	auth := authn.Anonymous
	if user, password, found := strings.Cut(*login, ":"); found {
		auth = &authn.Basic{Username: user, Password: password}
	}
	image, err := remote.Image(reference, remote.WithAuth(auth))
	if err != nil {
		log.Fatal(err)
	}
	if err := validate.Image(image); err != nil {
		log.Fatal(err)
	}
	config, err := image.RawConfigFile()
	if err != nil {
		log.Fatal(err)
	}
	os.Stdout.Write(config)
}
