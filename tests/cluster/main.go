// Command kubernetes is every program of a Kubernetes cluster in one: the first argument, or the name it is
// called by, says which. Kubernetes itself is a dependency; only this dispatch is ours.
package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// etcdStarts bounds the wait for a store that is on the local disk.
const etcdStarts = time.Minute

func programs() map[string]func() *cobra.Command {
	return map[string]func() *cobra.Command{
		"etcd":                    etcdCommand,
		"kube-apiserver":          apiserver.NewAPIServerCommand,
		"kube-controller-manager": controllers.NewControllerManagerCommand,
		"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
		"kubelet":                 func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
		"kube-proxy":              proxy.NewProxyCommand,
	}
}

func main() {
	programs := programs()
	create, found := programs[filepath.Base(os.Args[0])]
	if !found && len(os.Args) > 1 {
		create, found = programs[os.Args[1]]
		os.Args = os.Args[1:]
	}
	if !found {
		fmt.Fprintf(os.Stderr, "usage: %s PROGRAM [FLAGS], where PROGRAM is one of %s\n",
			filepath.Base(os.Args[0]), strings.Join(names(programs), ", "))
		os.Exit(64)
	}
	os.Exit(cli.Run(create()))
}

func names(programs map[string]func() *cobra.Command) []string {
	var names []string
	for name := range programs {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// etcdCommand is a store of one member for test data: nothing is synced to the disk.
func etcdCommand() *cobra.Command {
	var folder, client, peer string
	command := &cobra.Command{
		Use:          "etcd",
		Short:        "a key-value store of one member, whose data may be lost",
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE:         func(*cobra.Command, []string) error { return runEtcd(folder, client, peer) },
	}
	command.Flags().StringVar(&folder, "data-dir", "", "where the data is")
	command.Flags().StringVar(&client, "listen-client-url", "http://127.0.0.1:2379", "where clients are served")
	command.Flags().StringVar(&peer, "listen-peer-url", "http://127.0.0.1:2380", "where peers would be served")
	_ = command.MarkFlagRequired("data-dir")
	return command
}

func runEtcd(folder, client, peer string) error {
	config := embed.NewConfig()
	config.Dir = folder
	config.LogLevel = "warn"
	config.UnsafeNoFsync = true
	clientURL, err := url.Parse(client)
	if err != nil {
		return fmt.Errorf("--listen-client-url: %w", err)
	}
	peerURL, err := url.Parse(peer)
	if err != nil {
		return fmt.Errorf("--listen-peer-url: %w", err)
	}
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*clientURL}, []url.URL{*clientURL}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{*peerURL}, []url.URL{*peerURL}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	server, err := embed.StartEtcd(config)
	if err != nil {
		return err
	}
	defer server.Close()
	select {
	case <-server.Server.ReadyNotify():
	case <-time.After(etcdStarts):
		return fmt.Errorf("the store is not ready after %v", etcdStarts)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	select {
	case <-stop:
		return nil
	case err := <-server.Err():
		return err
	}
}
