import ArgumentParser

/// A property of `Settings`, seen through its wrapper.
protocol SettingProperty {
    var setting: any DeclaredSetting { get }
}

extension Option: SettingProperty where Value: DeclaredSetting {
    var setting: any DeclaredSetting { wrappedValue }
}
