/** The manifests in {@code k8s/}: put together as kustomize does it, and held against everything that they rely on. */
package dev.mooring.k8s;
