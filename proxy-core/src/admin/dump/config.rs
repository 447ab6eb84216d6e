//! The effective settings as the dump writes them; no token, no key, no header value (`security.md` M2).

use std::time::Duration;

use mesh_wire::well_known::port;
use serde_json::{Value, json};

use crate::config::Config;
use crate::control_plane::RootSource;

fn duration(of: Duration) -> Value {
    json!({ "nanos": of.subsec_nanos(), "secs": of.as_secs() })
}

fn root(source: &RootSource) -> Value {
    match source {
        RootSource::File(path) => json!({ "File": path }),
        RootSource::Inline(_) => json!({ "Inline": "…" }),
    }
}

fn optional(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// All settings.
pub(super) fn of(config: &Config) -> Value {
    let mut all = serde_json::Map::new();
    for part in [control(config), names(config), proxy(config), process(config)] {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    all.sort_keys();
    Value::Object(all)
}

fn control(config: &Config) -> Value {
    let control = &config.control;
    json!({
        "altCaHostname": control.alt_ca_hostname,
        "altXdsHostname": control.alt_xds_hostname,
        "caAddress": control.ca_address,
        "caHeaders": control.ca_headers.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        "caRootCert": root(&control.ca_root),
        "crlPath": control.crl_path,
        "fakeCa": control.fake_ca,
        "secretTtl": duration(control.secret_ttl),
        "xdsAddress": control.xds_address,
        "xdsHeaders": control.xds_headers.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        "xdsOnDemand": control.on_demand,
        "xdsRootCert": root(&control.xds_root),
    })
}

fn names(config: &Config) -> Value {
    let names = &config.names;
    let identity = format!(
        "spiffe://{}/ns/{}/sa/{}",
        names.trust_domain, names.pod_namespace, names.service_account
    );
    json!({
        "clusterDomain": names.cluster_domain,
        "clusterId": names.cluster_id,
        "localNode": optional(&names.node_name),
        "network": names.network.as_str(),
        "proxyMetadata": names.metadata,
        "ztunnelIdentity": optional(&names.service_account).map(|_| identity),
        "ztunnelWorkload": optional(&names.pod_name).map(|name| json!({
            "name": name, "namespace": names.pod_namespace, "serviceAccount": names.service_account,
        })),
    })
}

fn proxy(config: &Config) -> Value {
    let (proxy, tunnel, dns) = (&config.proxy, &config.tunnel, &config.dns);
    let any = |port: u16| {
        if proxy.ipv6 {
            format!("[::]:{port}")
        } else {
            format!("0.0.0.0:{port}")
        }
    };
    json!({
        "connectionWindowSize": tunnel.connection_window,
        "dnsProxy": dns.enabled,
        "dnsProxyAddr": { "Localhost": [proxy.ipv6, dns.port] },
        "enableEnhancedBaggage": proxy.response_baggage,
        "frameSize": tunnel.frame_size,
        "illegalPorts": config.own_ports().0,
        "inboundAddr": any(port::HBONE),
        "inboundPlaintextAddr": any(port::INBOUND_PLAINTEXT),
        "inpodPortReuse": proxy.port_reuse,
        "inpodUds": proxy.inpod_uds,
        "ipv6Enabled": proxy.ipv6,
        "localhostAppTunnel": proxy.localhost_app_tunnel,
        "outboundAddr": any(port::OUTBOUND),
        "packetMark": proxy.packet_mark,
        "poolMaxStreamsPerConn": tunnel.max_streams,
        "poolUnusedReleaseTimeout": duration(tunnel.unused_release),
        "preferedServiceNamespace": dns.preferred_namespace,
        "proxy": proxy.enabled,
        "proxyArgs": "",
        "proxyMode": format!("{:?}", proxy.mode),
        "proxyWorkloadInformation": proxy.workload.as_ref().map(|own| json!({
            "name": own.name, "namespace": own.namespace, "serviceAccount": own.service_account,
        })),
        "requireOriginalSource": proxy.original_source,
        "socketConfig": {
            "keepaliveEnabled": proxy.keepalive.is_some(),
            "keepaliveInterval": proxy.keepalive.map(|keepalive| duration(keepalive.interval)),
            "keepaliveRetries": proxy.keepalive.map(|keepalive| keepalive.retries),
            "keepaliveTime": proxy.keepalive.map(|keepalive| duration(keepalive.time)),
            "userTimeoutEnabled": proxy.user_timeout,
        },
        "socks5Addr": proxy.socks5.then(|| format!("127.0.0.1:{}", port::SOCKS5)),
        "windowSize": tunnel.stream_window,
    })
}

fn process(config: &Config) -> Value {
    let (process, ipv6) = (&config.process, config.proxy.ipv6);
    json!({
        "adminAddr": { "Localhost": [ipv6, process.admin_port] },
        "fakeSelfInbound": false,
        "numWorkerThreads": process.threads.map(|threads| format!("{threads:?}")),
        "readinessAddr": { "SocketAddr": format!("[::]:{}", process.readiness_port) },
        "selfTerminationDeadline": duration(config.drain_limit()),
        "statsAddr": { "SocketAddr": format!("[::]:{}", process.stats_port) },
    })
}
