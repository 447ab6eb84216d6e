//! A control plane that sends one mesh to whoever asks, and nothing after that.

use std::pin::Pin;

use mesh_wire::xds::aggregated_discovery_service_server::AggregatedDiscoveryService;
use mesh_wire::xds::{
    DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse, Resource,
};
use prost_types::Any;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Resources: their type, name and bytes.
#[derive(Clone, Default)]
pub(crate) struct Discovery(pub(crate) Vec<(&'static str, String, Vec<u8>)>);

impl Discovery {
    /// All of a type.
    fn answer(&self, kind: &str) -> DeltaDiscoveryResponse {
        let own = self.0.iter().filter(|(of, _, _)| *of == kind);
        let resource = |(_, name, value): &(&str, String, Vec<u8>)| Resource {
            name: name.clone(),
            version: "1".to_owned(),
            resource: Some(Any {
                type_url: kind.to_owned(),
                value: value.clone(),
            }),
            ..Resource::default()
        };
        DeltaDiscoveryResponse {
            type_url: kind.to_owned(),
            resources: own.map(resource).collect(),
            nonce: format!("of {kind}"),
            ..DeltaDiscoveryResponse::default()
        }
    }
}

#[tonic::async_trait]
impl AggregatedDiscoveryService for Discovery {
    type StreamAggregatedResourcesStream = Answers<DiscoveryResponse>;
    type DeltaAggregatedResourcesStream = Answers<DeltaDiscoveryResponse>;

    async fn stream_aggregated_resources(
        &self,
        _: Request<Streaming<DiscoveryRequest>>,
    ) -> Result<Response<Self::StreamAggregatedResourcesStream>, Status> {
        Err(Status::unimplemented("node proxies never ask so"))
    }

    async fn delta_aggregated_resources(
        &self,
        request: Request<Streaming<DeltaDiscoveryRequest>>,
    ) -> Result<Response<Self::DeltaAggregatedResourcesStream>, Status> {
        let answers = futures::stream::unfold(
            (self.clone(), request.into_inner()),
            |(own, mut requests)| async move {
                loop {
                    let request = requests.message().await.ok()??;
                    // a reply to what was sent asks for nothing
                    if request.response_nonce.is_empty() {
                        let answer = own.answer(&request.type_url);
                        return Some((Ok(answer), (own, requests)));
                    }
                }
            },
        );
        Ok(Response::new(Box::pin(answers)))
    }
}
