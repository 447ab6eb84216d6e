// Peer is a stranger on the mesh: HBONE by Go's HTTP/2 and TLS, as client, server, waypoint and gateway.
//
// Usage: peer ROLE FLAGS. Servers print one JSON object a line for what they see; clients print one, and end.
// Nothing here is the product's: it is what the node proxy is tested against (tests/foreign/ways.py).
package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/big"
	random "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
)

var (
	key       = flag.String("key", "", "file of the private key")
	crt       = flag.String("crt", "", "file of the certificate")
	ca        = flag.String("ca", "", "file of the roots")
	caKey     = flag.String("ca-key", "", "file of the root's key, to sign with")
	listen    = flag.String("listen", "", "address to listen on")
	to        = flag.String("to", "", "address of the next hop")
	authority = flag.String("authority", "", "what to ask for; a waypoint without it asks for what it was asked")
	expect    = flag.String("expect", "", "identity of the next hop")
	amount    = flag.Int64("bytes", 0, "bytes each way")
	name      = flag.String("name", "", "URI to sign for")
	life      = flag.Duration("life", time.Hour, "life of what is signed")
	out       = flag.String("out", "", "folder and stem of what is signed")
	streams   = flag.Int("streams", 1, "streams at once")
)

func main() {
	if len(os.Args) < 2 {
		fail(errors.New("usage: peer ROLE FLAGS"))
	}
	role := os.Args[1]
	check(flag.CommandLine.Parse(os.Args[2:]))
	roles := map[string]func() error{
		"sign": sign, "source": source, "echo": echo, "proxied": proxied,
		"call": call, "serve": serve, "waypoint": waypoint, "gateway": gateway,
	}
	run, known := roles[role]
	if !known {
		fail(fmt.Errorf("unknown role %q", role))
	}
	check(run())
}

func check(err error) {
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "peer:", err)
	os.Exit(1)
}

var printing sync.Mutex

func tell(what map[string]any) {
	printing.Lock()
	defer printing.Unlock()
	check(json.NewEncoder(os.Stdout).Encode(what))
}

// sign makes a key and a certificate for one URI, with a life as short as a test wants it.
func sign() error {
	issuer, err := tls.LoadX509KeyPair(*ca, *caKey)
	if err != nil {
		return err
	}
	root, err := x509.ParseCertificate(issuer.Certificate[0])
	if err != nil {
		return err
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	uri, err := url.Parse(*name)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return err
	}
	now := time.Now()
	leaf := &x509.Certificate{
		SerialNumber: serial, NotBefore: now.Add(-time.Minute), NotAfter: now.Add(*life), URIs: []*url.URL{uri},
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, root, &own.PublicKey, issuer.PrivateKey)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		return err
	}
	encode := func(end, kind string, bytes []byte) error {
		return os.WriteFile(*out+end, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600)
	}
	if err := encode(".key", "PRIVATE KEY", secret); err != nil {
		return err
	}
	return encode(".crt", "CERTIFICATE", der)
}

// trust is the TLS of both roles: 1.3, h2, a certificate from everybody, names checked by the caller.
func trust() (*tls.Config, error) {
	own, err := tls.LoadX509KeyPair(*crt, *key)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(*ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, errors.New("no root in " + *ca)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS13, NextProtos: []string{"h2"},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots,
		// names are URIs here, which Go does not compare by itself
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			options := x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
				Intermediates: x509.NewCertPool()}
			for _, one := range state.PeerCertificates[1:] {
				options.Intermediates.AddCert(one)
			}
			_, err := state.PeerCertificates[0].Verify(options)
			return err
		},
	}, nil
}

func identity(state tls.ConnectionState) string {
	if len(state.PeerCertificates) == 0 || len(state.PeerCertificates[0].URIs) != 1 {
		return ""
	}
	return state.PeerCertificates[0].URIs[0].String()
}

// dial opens a tunnel to the next hop.
func dial() (*http2.ClientConn, string, error) {
	config, err := trust()
	if err != nil {
		return nil, "", err
	}
	stream, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", *to, config)
	if err != nil {
		return nil, "", err
	}
	peer := identity(stream.ConnectionState())
	if *expect != "" && peer != *expect {
		return nil, "", fmt.Errorf("%s instead of %s", peer, *expect)
	}
	tunnel, err := (&http2.Transport{}).NewClientConn(stream)
	return tunnel, peer, err
}

// connect asks for a target on a tunnel: what is written to the first goes up, the second is what comes down.
func connect(tunnel *http2.ClientConn, target string, headers http.Header) (io.WriteCloser, *http.Response, error) {
	up, body := io.Pipe()
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Scheme: "https", Host: target}, Host: target,
		Header: headers, Body: up, ContentLength: -1}
	answer, err := tunnel.RoundTrip(request)
	return body, answer, err
}

// flood is an endless stream of bytes that both ends can make.
func flood(seed byte) io.Reader {
	var bytes [32]byte
	bytes[0] = seed
	return random.NewChaCha8(bytes)
}

// compare reads an amount and compares it with the same stream made here; the count of equal bytes is returned.
func compare(from io.Reader, seed byte) (int64, error) {
	made, got, want := flood(seed), make([]byte, 1<<18), make([]byte, 1<<18)
	var seen int64
	for seen < *amount {
		count, err := from.Read(got[:min(int64(len(got)), *amount-seen)])
		if _, broken := io.ReadFull(made, want[:count]); broken != nil {
			return seen, broken
		}
		if !bytes.Equal(got[:count], want[:count]) {
			return seen, fmt.Errorf("the bytes after %d differ", seen)
		}
		seen += int64(count)
		if err != nil && seen < *amount {
			return seen, err
		}
	}
	return seen, nil
}

// both sends an amount and, at the same time, takes as much back; then both ends close in order.
func both(up io.Writer, close func() error, down io.Reader) (int64, int64, error) {
	sent, sending := int64(0), make(chan error, 1)
	go func() {
		var err error
		sent, err = io.CopyN(up, flood(1), *amount)
		if err == nil {
			err = close()
		}
		sending <- err
	}()
	received, err := compare(down, 1)
	if err == nil {
		err = <-sending
	}
	if err == nil {
		var rest int
		rest, err = down.Read(make([]byte, 1))
		if rest > 0 {
			err = errors.New("more came than was sent")
		} else if err == io.EOF {
			err = nil
		}
	}
	return sent, received, err
}

// source is an application: it sends to an echo over plain TCP and compares what comes back.
func source() error {
	stream, err := net.DialTimeout("tcp", *to, 10*time.Second)
	if err != nil {
		return err
	}
	began := time.Now()
	sent, received, err := both(stream, stream.(*net.TCPConn).CloseWrite, stream)
	return report(sent, received, began, err, nil)
}

func report(sent, received int64, began time.Time, err error, more map[string]any) error {
	said := map[string]any{"sent": sent, "received": received, "seconds": time.Since(began).Seconds()}
	if err != nil {
		said["error"] = err.Error()
	}
	for key, value := range more {
		said[key] = value
	}
	tell(said)
	return nil
}

func accept(serve func(*net.TCPConn)) error {
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	tell(map[string]any{"ready": listener.Addr().String()})
	for {
		stream, err := listener.Accept()
		if err != nil {
			return err
		}
		go serve(stream.(*net.TCPConn))
	}
}

func back(stream *net.TCPConn, from io.Reader) {
	_, _ = io.Copy(stream, from)
	_ = stream.CloseWrite()
}

// echo is an application that sends back what it gets, and tells whom it sees.
func echo() error {
	return accept(func(stream *net.TCPConn) {
		defer stream.Close()
		tell(map[string]any{"peer": stream.RemoteAddr().String()})
		back(stream, stream)
	})
}

// proxied is an application that expects PROXY protocol version 2 before everything else.
func proxied() error {
	return accept(func(stream *net.TCPConn) {
		defer stream.Close()
		from := bufio.NewReaderSize(stream, 1<<18)
		said, err := header(from)
		if err != nil {
			said = map[string]any{"error": err.Error()}
		}
		said["peer"] = stream.RemoteAddr().String()
		tell(said)
		back(stream, from)
	})
}

func header(from io.Reader) (map[string]any, error) {
	head := make([]byte, 16)
	if _, err := io.ReadFull(from, head); err != nil {
		return nil, err
	}
	if string(head[:12]) != "\r\n\r\n\x00\r\nQUIT\n" {
		return nil, fmt.Errorf("no PROXY header: %x", head)
	}
	body := make([]byte, binary.BigEndian.Uint16(head[14:]))
	if _, err := io.ReadFull(from, body); err != nil {
		return nil, err
	}
	said := map[string]any{"command": head[12], "family": head[13]}
	if size := map[byte]int{0x11: 4, 0x21: 16}[head[13]]; size > 0 {
		address := func(at, port int) string {
			return (&net.TCPAddr{IP: body[at : at+size], Port: int(binary.BigEndian.Uint16(body[port:]))}).String()
		}
		said["source"], said["destination"] = address(0, 2*size), address(size, 2*size+2)
		body = body[2*size+4:]
	}
	for len(body) >= 3 {
		size := int(binary.BigEndian.Uint16(body[1:]))
		said[fmt.Sprintf("%#x", body[0])] = string(body[3 : 3+size])
		body = body[3+size:]
	}
	return said, nil
}

// call is an HBONE client.
func call() error {
	tunnel, peer, err := dial()
	if err != nil {
		return err
	}
	failed := make(chan error, *streams)
	for number := range *streams {
		go func() { failed <- one(tunnel, peer, number) }()
	}
	for range *streams {
		err = errors.Join(err, <-failed)
	}
	return err
}

func one(tunnel *http2.ClientConn, peer string, number int) error {
	headers := http.Header{"Baggage": {"k8s.namespace.name=go"}, "Forwarded": {`for="1.2.3.4:5"`}}
	began := time.Now()
	up, answer, err := connect(tunnel, *authority, headers)
	if err != nil {
		return err
	}
	more := map[string]any{"identity": peer, "status": answer.StatusCode, "stream": number,
		"baggage": answer.Header.Get("Baggage")}
	if answer.StatusCode != http.StatusOK {
		return report(0, 0, began, nil, more)
	}
	sent, received, err := both(up, up.Close, answer.Body)
	return report(sent, received, began, err, more)
}

// tunnels serves HBONE: handle gets each CONNECT.
func tunnels(handle func(http.ResponseWriter, *http.Request)) error {
	config, err := trust()
	if err != nil {
		return err
	}
	return accept(func(stream *net.TCPConn) {
		shaken := tls.Server(stream, config)
		if err := shaken.Handshake(); err != nil {
			tell(map[string]any{"error": err.Error()})
			return
		}
		server := &http2.Server{MaxUploadBufferPerConnection: 16 << 20, MaxUploadBufferPerStream: 4 << 20}
		server.ServeConn(shaken, &http2.ServeConnOpts{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			headers := map[string]string{}
			for key := range r.Header {
				headers[strings.ToLower(key)] = r.Header.Get(key)
			}
			tell(map[string]any{"method": r.Method, "authority": r.Host, "headers": headers,
				"identity": identity(shaken.ConnectionState()), "peer": stream.RemoteAddr().String()})
			handle(w, r)
		})})
	})
}

// flushed writes through at once: a tunnel has no end to wait for.
type flushed struct{ http.ResponseWriter }

func (w flushed) Write(bytes []byte) (int, error) {
	count, err := w.ResponseWriter.Write(bytes)
	w.ResponseWriter.(http.Flusher).Flush()
	return count, err
}

func open(w http.ResponseWriter) flushed {
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	return flushed{w}
}

func carry(w flushed, from io.Reader) {
	_, _ = io.CopyBuffer(w, struct{ io.Reader }{from}, make([]byte, 1<<17))
}

// serve is an HBONE server that sends back what it gets.
func serve() error {
	return tunnels(func(w http.ResponseWriter, r *http.Request) { carry(open(w), r.Body) })
}

// gateway ends the outer tunnel and hands its bytes to the tunnel port of an endpoint, as at the edge of a network.
func gateway() error {
	return tunnels(func(w http.ResponseWriter, r *http.Request) {
		next, err := net.DialTimeout("tcp", *to, 10*time.Second)
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		defer next.Close()
		go func() {
			_, _ = io.Copy(next, r.Body)
			_ = next.(*net.TCPConn).CloseWrite()
		}()
		carry(open(w), next)
	})
}

// waypoint ends the tunnel, and opens one of its own to the endpoint, with its own certificate.
func waypoint() error {
	return tunnels(func(w http.ResponseWriter, r *http.Request) {
		target := *authority
		if target == "" {
			target = r.Host
		}
		tunnel, _, err := dial()
		if err != nil {
			tell(map[string]any{"error": err.Error()})
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		defer tunnel.Close()
		up, answer, err := connect(tunnel, target, http.Header{})
		if err != nil {
			tell(map[string]any{"error": err.Error()})
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if answer.StatusCode != http.StatusOK {
			w.WriteHeader(answer.StatusCode)
			return
		}
		go func() {
			_, _ = io.Copy(up, r.Body)
			_ = up.Close()
		}()
		carry(open(w), answer.Body)
	})
}
