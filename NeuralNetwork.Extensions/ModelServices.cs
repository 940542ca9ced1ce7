using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NeuralNetwork.Extensions;

// Where every app has it at hand.
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Models among the services of an app.</summary>
public static class ModelServices
{
    /// <summary>
    /// Adds the model of a file as an IModelSource, by its name as a keyed service and without it. In an app with a host the file
    /// is read before anything else starts; elsewhere when the source is asked for first. What is wrong with the file then is
    /// an exception that ends the start; of a watched file that goes wrong later, a line in the log.
    /// </summary>
    /// <typeparam name="T">The numbers of the model: float or double, whatever the file has.</typeparam>
    /// <param name="services">The services of the app.</param>
    /// <param name="name">The name of the model, as in [FromKeyedServices("churn")]. Of several models, who asks without a name gets
    /// the last one.</param>
    /// <param name="path">The file, as `nn train` or `Save` wrote it.</param>
    /// <param name="configure">Changes what happens to it: whether it is watched, and warmed up.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">There is no name, no path, a model of that name already, or an interval that
    /// is none.</exception>
    public static IServiceCollection AddModel<T>(
        this IServiceCollection services,
        string name,
        string path,
        Action<ModelOptions<T>>? configure = null
    )
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (services.Any(one => one.ServiceType == typeof(IModelSource<T>) && name.Equals(one.ServiceKey)))
            throw new ArgumentException($"there is a model '{name}' already", nameof(name));
        var options = new ModelOptions<T>();
        configure?.Invoke(options);
        options.Check();

        services.AddKeyedSingleton<IModelSource<T>>(
            name,
            (provider, _) =>
                new ModelSource<T>(
                    name,
                    path,
                    options,
                    provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
                    provider.GetService<TimeProvider>() ?? TimeProvider.System
                )
        );
        services.AddSingleton(provider => provider.GetRequiredKeyedService<IModelSource<T>>(name));
        return services.AddSingleton<IHostedService>(provider => new ModelStart(() =>
            provider.GetRequiredKeyedService<IModelSource<T>>(name)
        ));
    }
}
